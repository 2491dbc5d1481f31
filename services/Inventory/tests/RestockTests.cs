using System.Net;

namespace Souk.Inventory.Tests;

/// <summary>What comes back of an order.</summary>
public sealed class RestockTests
{
    [Theory, EveryEngine]
    public async Task Sold_pieces_come_back_once_for_each_key(Engine engine)
    {
        await using var inventory = await SoldAsync(engine);
        Assert.Equal(HttpStatusCode.OK, (await inventory.RestockAsync("r1", "o1", ("A", 1))).Status);
        Assert.Equal(HttpStatusCode.OK, (await inventory.RestockAsync("r1", "o1", ("A", 1))).Status);
        Assert.Equal(HttpStatusCode.OK, (await inventory.RestockAsync("r2", "o1", ("A", 2), ("B", 1))).Status);
        (await inventory.RestockAsync("r1", "o1", ("A", 2))).IsRefusal(422, "inventory.restock.changed");
        (await inventory.RestockAsync("r1", "o2", ("A", 1))).IsRefusal(422, "inventory.restock.changed");

        Assert.Equal(5, (await inventory.StockAsync("A")).Stock.OnHand);
        Assert.Equal(4, (await inventory.StockAsync("B")).Stock.OnHand);
        Assert.Equal("""[{"sku":"A","quantity":3,"restocked":3},{"sku":"B","quantity":2,"restocked":1}]""",
            (await inventory.ReservationAsync("o1")).Body.GetProperty("lines").GetRawText());
        Assert.Equal(["restock Order o1, r2", "restock Order o1, r1", "sale Order o1", "opening First listed by the catalogue"],
            (await inventory.AuditAsync("A")).Select(entry => $"{entry.GetProperty("kind")} {entry.GetProperty("reason")}"));
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task No_more_comes_back_than_was_sold_to_the_order(Engine engine)
    {
        await using var inventory = await SoldAsync(engine);
        await inventory.ReserveAsync("o2", null, ("B", 1));
        await inventory.RestockAsync("r1", "o1", ("A", 2));
        foreach (var (order, lines) in new (string, (string, long)[])[]
        {
            ("o1", [("A", 2)]), ("o1", [("B", 1), ("A", 2)]), ("o1", [("C", 1)]), ("o1", [("nothing", 1)]),
            ("o2", [("B", 1)]), ("o3", [("A", 1)]),
        })
        {
            (await inventory.RestockAsync("r2", order, lines)).IsRefusal(409, "inventory.restock.too_much");
        }
        Assert.Equal(4, (await inventory.StockAsync("A")).Stock.OnHand);
        Assert.Equal(3, (await inventory.StockAsync("B")).Stock.OnHand);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task Of_many_restocks_at_once_only_so_many_pieces_come_back_as_were_sold(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 10), ("B", 10));
        await inventory.ReserveAsync("o1", null, ("A", 10), ("B", 10));
        await inventory.MoveAsync("o1", "committed");

        // Two keys share each SKU and cross: every key is sent twice.
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => inventory.RestockAsync(
            $"r{i / 2}", "o1", i / 2 % 2 == 0 ? [("A", 1), ("B", 1)] : [("B", 1), ("A", 1)])));
        Assert.Equal(20, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(20, answers.Count(answer => answer.Code == "inventory.restock.too_much"));
        Assert.Equal(10, (await inventory.StockAsync("A")).Stock.OnHand);
        await inventory.IsWholeAsync();
    }

    [Theory]
    [InlineData("""{"orderId":"o1","lines":[]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"orderId":"o1"}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"orderId":"o1","lines":[{"sku":"A","quantity":0}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1}]}""", "inventory.reservation.name_invalid")]
    public async Task A_malformed_restock_is_refused(string json, string code)
    {
        await using var inventory = await SoldAsync(Engine.Sqlite);
        (await inventory.PutJsonAsync("restocks/r1", json)).IsRefusal(400, code);
    }

    static async Task<InventoryUnderTest> SoldAsync(Engine engine)
    {
        var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 5), ("B", 5), ("C", 5));
        await inventory.ReserveAsync("o1", null, ("A", 3), ("B", 2));
        await inventory.MoveAsync("o1", "committed");
        return inventory;
    }
}
