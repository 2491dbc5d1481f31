using System.Net;

namespace Souk.Ordering.Tests;

public sealed class ReadOrderTests
{
    [Theory, EveryEngine]
    public async Task A_long_poll_is_answered_at_the_news_and_not_before(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_3ds");
        await ordering.PumpAsync();
        var seen = await ordering.ReadAsync(order.Id);
        Assert.Equal(($"\"{seen.Version}\"", "no-store"), (seen.Headers.ETag?.ToString(), seen.Headers.CacheControl?.ToString()));

        var poll = ordering.ReadAsync(order.Id, $"?after={seen.Version}&wait=25");
        await Task.WhenAny(poll, Task.Delay(50));
        Assert.False(poll.IsCompleted);
        ordering.Store.Payments[order.Id].State = "authorized";
        ordering.Store.PaymentChanged(order.Id);
        await ordering.PumpAsync();
        var news = await poll;
        Assert.Equal("confirmed", news.Outcome);
        Assert.True(news.Version > seen.Version);
    }

    [Theory, EveryEngine]
    public async Task A_long_poll_without_news_is_answered_after_its_wait(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await ordering.PlacedAsync();
        var seen = await ordering.EndAsync(id);
        var poll = ordering.ReadAsync(id, $"?after={seen.Version}&wait=3");
        await Eventually.HoldsAsync("the wait is over", () =>
        {
            ordering.Clock.Advance(TimeSpan.FromMilliseconds(500));
            return poll.IsCompleted;
        });
        Assert.Equal(seen.Raw, (await poll).Raw);
    }

    [Theory, EveryEngine]
    public async Task An_id_that_is_not_there_gets_one_and_the_same_answer(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        foreach (var id in new[] { "unknown", "a%20b", new string('x', 300), "%F0%9F%8E%81", "..." })
        {
            (await ordering.ReadAsync(id)).IsRefusal(404, "order.order_unknown");
            (await ordering.CancelAsync(id)).IsRefusal(404, "order.order_unknown");
        }
        (await ordering.PayAgainAsync("unknown", "pm_card_success", "k")).IsRefusal(404, "order.order_unknown");
        (await ordering.ReadAsync("x", "?after=-1")).IsRefusal(400, "order.query_invalid");
    }

    [Theory, EveryEngine]
    public async Task An_order_is_found_by_number_and_address_and_by_nothing_less(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await ordering.PlacedAsync();
        var number = (await ordering.ReadAsync(id)).Text("number");
        Assert.Matches("^[0-9A-HJKMNP-TV-Z]{10}$", number);
        Task<Answer> FindAsync(string number, string email) => ordering.SendAsync(HttpMethod.Post, "/api/ordering/lookups",
            $$"""{"number":"{{number}}","email":"{{email}}"}""");
        Assert.Equal(id, (await FindAsync(number, "ada@example.com")).Id);
        Assert.Equal(id, (await FindAsync($" {number[..5].ToLowerInvariant()}-{number[5..]}", "Ada@Example.com ")).Id);
        var wrong = await FindAsync(number, "eve@example.com");
        wrong.IsRefusal(404, "order.order_unknown");
        Assert.Equal(wrong.Text("detail"), (await FindAsync("0000000000", "ada@example.com")).Text("detail"));
    }

    [Theory, EveryEngine]
    public async Task Parcels_are_shown_as_shipping_tells_and_the_first_on_its_way_is_announced_once(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        ordering.Store.ShipmentChanged("not-here", "requested", ("T", "requested"));
        var id = await ordering.PlacedAsync();
        await ordering.EndAsync(id);
        ordering.Store.ShipmentChanged(id, "requested", ("T1", "requested"));
        ordering.Store.ShipmentChanged(id, "handed_over", ("T1", "handed_over"));
        ordering.Store.ShipmentChanged(id, "delivered", ("T1", "delivered"));
        await ordering.PumpAsync();
        var shipment = (await ordering.ReadAsync(id)).Body.GetProperty("shipment");
        Assert.Equal("""{"state":"delivered","parcels":[{"no":1,"tracking":"T1","state":"delivered"}]}""", shipment.GetRawText());
        var events = await ordering.Service.EventsAsync("notifications");
        Assert.Equal([("OrderConfirmed", 1L), ("OrderShipped", 2L)],
            events.Select(e => (e.GetProperty("type").GetString()!, e.GetProperty("aggregateversion").GetInt64())));
        Assert.Equal("T1", events[1].GetProperty("data").GetProperty("parcels")[0].GetProperty("tracking").GetString());
    }

    [Theory, EveryEngine]
    public async Task An_audit_reads_all_orders_in_pages(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var ids = new List<string>();
        for (var n = 0; n < 5; n++) ids.Add(await ordering.PlacedAsync());
        await ordering.IdleAsync();
        var found = new List<string>();
        var after = "";
        while (after is not null)
        {
            var page = await ordering.SendAsync(HttpMethod.Get, $"/internal/orders?after={after}&limit=2", caller: "souk");
            foreach (var item in page.Body.GetProperty("items").EnumerateArray())
            {
                Assert.Equal("Completed", item.GetProperty("state").GetString());
                found.Add(item.GetProperty("id").GetString()!);
            }
            after = page.Body.GetProperty("next").GetString();
        }
        Assert.Equal(ids.Order(StringComparer.Ordinal), found);
        Assert.Equal(HttpStatusCode.Forbidden, (await ordering.SendAsync(HttpMethod.Get, "/internal/orders")).Status);
    }
}
