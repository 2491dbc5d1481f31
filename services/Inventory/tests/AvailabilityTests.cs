using System.Net;

namespace Souk.Inventory.Tests;

/// <summary>What a shopper may ask.</summary>
public sealed class AvailabilityTests
{
    [Theory, EveryEngine]
    public async Task Several_skus_are_answered_in_the_order_of_the_question_each_once(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("B", 9), ("A/1", 10), ("C é", 0));
        var answer = await inventory.AvailabilityAsync("?sku=nobody&sku=C%20%C3%A9&sku=B&sku=A%2F1&sku=B&sku=b");
        Assert.Equal(["nobody unknown", "C é out_of_stock 0", "B low 9", "A/1 in_stock", "b unknown"],
            answer.Body.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("sku")} {Answer.Shown(item)}"));
    }

    [Theory, EveryEngine]
    public async Task What_is_promised_cannot_be_had(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 12));
        await inventory.PromiseAsync("A", 5);
        Assert.Equal("low 7", await inventory.ShownAsync("A"));
        await inventory.PromiseAsync("A", 7);
        Assert.Equal("out_of_stock 0", await inventory.ShownAsync("A"));
    }

    [Fact]
    public async Task One_to_a_hundred_skus_may_be_asked_for()
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        Assert.Equal(HttpStatusCode.OK, (await inventory.AvailabilityAsync(Query(100))).Status);
        foreach (var query in new[] { "", "?sku=", "?sku=A&sku=", Query(101), "?sku=" + new string('a', 201), "?sku=a%00b" })
        {
            (await inventory.AvailabilityAsync(query)).IsRefusal(400, "inventory.stock.skus_invalid");
        }
    }

    [Fact]
    public async Task Who_may_ask_what_is_named()
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        foreach (var (caller, address, status) in new[]
        {
            ("gateway", "/api/inventory/stock?sku=A", 200),
            ("storefront", "/api/inventory/stock?sku=A", 200),
            ("cart", "/api/inventory/stock?sku=A", 403),
            ("gateway", "/internal/stock/A", 403),
            ("storefront", "/internal/stock/A/audit", 403),
            ("souk", "/internal/stock/A", 404),
            ("souk", "/internal/reservations/o1", 404),
            ("console", "/internal/reservations/o1", 404),
            ("ordering", "/internal/reservations/o1", 404),
            ("gateway", "/internal/reservations/o1", 403),
            ("cart", "/internal/reservations/o1", 403),
            ("cart", "/internal/events?after=0", 200),
            ("gateway", "/internal/events?after=0", 403),
        })
        {
            using var http = inventory.Service.As(caller);
            Assert.Equal((caller, address, status), (caller, address, (int)(await http.GetAsync(address)).StatusCode));
        }
        using var nobody = inventory.Service.Anonymous();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/api/inventory/stock?sku=A")).StatusCode);
    }

    static string Query(int count) => "?" + string.Join('&', Enumerable.Range(0, count).Select(i => $"sku=S{i}"));
}
