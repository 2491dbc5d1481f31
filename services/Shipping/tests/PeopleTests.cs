using System.Net;

namespace Souk.Shipping.Tests;

/// <summary>What Shipping holds on a person, whom it knows by orders alone.</summary>
public sealed class PeopleTests
{
    [Theory, EveryEngine]
    public async Task An_address_is_forgotten_once_nothing_is_on_its_way(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await shipping.RequestAsync("arrived");
        foreach (var state in new[] { "handed_over", "in_transit", "delivered" }) await shipping.ReportAsync("arrived", 1, state);
        await shipping.RequestAsync("called-off");
        await shipping.CancelAsync("called-off");
        await shipping.RequestAsync("on-its-way");
        await shipping.CancelAsync("tombstone");
        await shipping.RequestAsync("anothers");
        const string Orders = """{"orders":["arrived","called-off","on-its-way","tombstone","never-was"]}""";

        var held = await shipping.SendAsync("settings", HttpMethod.Post, "/internal/people/export", Orders);
        Assert.Equal(4, held.Body.GetProperty("shipments").GetArrayLength());
        Assert.Equal("""{"erased":[{"what":"addresses","count":2}],"kept":[{"what":"addresses","count":1,"why":"under_way"}]}""",
            (await shipping.SendAsync("settings", HttpMethod.Post, "/internal/people/erase", Orders)).Body.GetRawText());
        Assert.Equal("""{"erased":[{"what":"addresses","count":0}],"kept":[{"what":"addresses","count":1,"why":"under_way"}]}""",
            (await shipping.SendAsync("settings", HttpMethod.Post, "/internal/people/erase", Orders)).Body.GetRawText());

        foreach (var (order, line) in new[] { ("arrived", "(forgotten)"), ("called-off", "(forgotten)"), ("on-its-way", "Main St 1"), ("anothers", "Main St 1") })
        {
            var address = (await shipping.ReadAsync(order)).Body.GetProperty("address");
            Assert.Equal((line, "DE"), (address.GetProperty("line1").GetString(), address.GetProperty("country").GetString()));
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await shipping.SendAsync("gateway", HttpMethod.Post, "/internal/people/erase", Orders)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await shipping.SendAsync("settings", HttpMethod.Post, "/internal/people/erase", "{}")).Status);
    }
}
