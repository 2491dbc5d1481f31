using System.Net;

namespace Souk.Inventory.Tests;

/// <summary>Promises to orders: all of their lines or none, as often as they ask.</summary>
public sealed class ReserveStockTests
{
    [Theory, EveryEngine]
    public async Task All_lines_are_reserved_for_a_time_or_without_limit(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A/1", 10), ("B é", 5));
        Assert.Equal("held", (await inventory.ReserveAsync("o1", 900, ("B é", 2), ("A/1", 3))).State);
        Assert.Equal("pinned", (await inventory.ReserveAsync("o2", null, ("A/1", 1))).State);

        Assert.Equal((10, 4, 3), (await inventory.StockAsync("A/1")).Stock);
        Assert.Equal((5, 2, 2), (await inventory.StockAsync("B é")).Stock);
        Assert.Equal(
            """{"orderId":"o1","state":"held","expiresAt":"2026-01-01T12:15:00+00:00","lines":[{"sku":"A/1","quantity":3,"restocked":0},{"sku":"B é","quantity":2,"restocked":0}],"version":1,"changedAt":"2026-01-01T12:00:00+00:00"}""",
            (await inventory.ReservationAsync("o1")).Body.GetRawText());
        Assert.Single(await inventory.AuditAsync("A/1"));
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task When_one_line_is_short_nothing_is_kept_and_the_short_ones_are_named(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 10), ("B", 5), ("C", 0));
        await inventory.ReserveAsync("o1", 900, ("B", 3));
        var answer = await inventory.ReserveAsync("o2", 900, ("nobody", 1), ("A", 10), ("C", 1), ("B", 3));
        answer.IsRefusal(409, "inventory.reservation.out_of_stock");
        Assert.Equal(["B", "C", "nobody"], answer.Skus);

        Assert.Equal((10, 0, 1), (await inventory.StockAsync("A")).Stock);
        Assert.Equal((5, 3, 2), (await inventory.StockAsync("B")).Stock);
        (await inventory.ReservationAsync("o2")).IsRefusal(404, "inventory.reservation.order_unknown");
        Assert.Equal("held", (await inventory.ReserveAsync("o2", 900, ("A", 10), ("B", 2))).State);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_repeat_is_answered_the_same_and_reserves_once_even_after_a_restart(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 3), ("B", 3));
        var first = await inventory.ReserveAsync("o1", 900, ("A", 3), ("B", 1));
        var repeat = await inventory.ReserveAsync("o1", 900, ("B", 1), ("A", 3));
        Assert.Equal(first.Body.GetRawText(), repeat.Body.GetRawText());
        await inventory.MoveAsync("o1", "pinned");
        Assert.Equal("pinned", (await inventory.ReserveAsync("o1", 900, ("A", 3), ("B", 1))).State);
        await inventory.MoveAsync("o1", "committed");
        Assert.Equal("committed", (await inventory.ReserveAsync("o1", null, ("A", 3), ("B", 1))).State);
        Assert.Equal((0, 0, 3), (await inventory.StockAsync("A")).Stock);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_name_belongs_to_one_list_of_lines(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 9), ("B", 9));
        await inventory.ReserveAsync("o1", 900, ("A", 3), ("B", 1));
        (await inventory.ReserveAsync("o1", 900, ("A", 3))).IsRefusal(422, "inventory.reservation.changed");
        (await inventory.ReserveAsync("o1", 900, ("A", 3), ("B", 2))).IsRefusal(422, "inventory.reservation.changed");
        (await inventory.ReserveAsync("o1", 900, ("A", 99), ("B", 2))).IsRefusal(422, "inventory.reservation.changed");
        Assert.Equal((9, 3, 2), (await inventory.StockAsync("A")).Stock);
    }

    [Theory, EveryEngine]
    public async Task What_was_released_first_is_never_reserved(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 9));
        Assert.Equal("released", (await inventory.MoveAsync("o1", "released")).State);
        Assert.Equal("released", (await inventory.MoveAsync("o1", "released")).State);
        (await inventory.ReserveAsync("o1", 900, ("A", 3))).IsRefusal(409, "inventory.reservation.released");
        await inventory.ReserveAsync("o2", 900, ("A", 3));
        await inventory.MoveAsync("o2", "released");
        (await inventory.ReserveAsync("o2", 900, ("A", 3))).IsRefusal(409, "inventory.reservation.released");
        Assert.Equal((9, 0, 3), (await inventory.StockAsync("A")).Stock);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_hold_that_runs_out_is_given_back_and_can_be_had_anew_while_there_is_stock(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 3));
        await inventory.ReserveAsync("o1", 900, ("A", 3));
        await inventory.PassAsync(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.Equal("held", (await inventory.ReservationAsync("o1")).State);
        await inventory.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal("expired", (await inventory.ReservationAsync("o1")).State);
        Assert.Equal((3, 0, 3), (await inventory.StockAsync("A")).Stock);

        await inventory.ReserveAsync("o2", null, ("A", 1));
        (await inventory.ReserveAsync("o1", 900, ("A", 3))).IsRefusal(409, "inventory.reservation.out_of_stock");
        await inventory.MoveAsync("o2", "released");
        Assert.Equal("pinned", (await inventory.ReserveAsync("o1", null, ("A", 3))).State);
        await inventory.PassAsync(TimeSpan.FromDays(365));
        Assert.Equal("pinned", (await inventory.ReservationAsync("o1")).State);
        Assert.Equal((3, 3, 6), (await inventory.StockAsync("A")).Stock);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task What_has_run_out_and_is_still_there_can_be_pinned(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 3));
        await inventory.ReserveAsync("o1", 900, ("A", 3));
        inventory.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("pinned", (await inventory.MoveAsync("o1", "pinned")).State);
        await inventory.PumpAsync();
        Assert.Equal("pinned", (await inventory.ReservationAsync("o1")).State);
    }

    [Theory, EveryEngine]
    public async Task More_holds_than_the_broom_takes_at_once_are_all_given_back(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 120));
        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => inventory.ReserveAsync($"o{i}", 60 + i % 2, ("A", 1))));
        Assert.Equal(120, (await inventory.StockAsync("A")).Stock.Reserved);
        await inventory.PassAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(60, (await inventory.StockAsync("A")).Stock.Reserved);
        await inventory.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await inventory.StockAsync("A")).Stock.Reserved);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_shopper_sees_what_is_promised_sold_and_given_back(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 11));
        await inventory.ReserveAsync("o1", 900, ("A", 1)); // enough still: nothing to tell
        await inventory.ReserveAsync("o2", 900, ("A", 8));
        await inventory.ReserveAsync("o3", 900, ("A", 2));
        await inventory.MoveAsync("o3", "committed"); // sold, it is as gone as before
        await inventory.MoveAsync("o2", "released");
        await inventory.RestockAsync("k", "o3", ("A", 2));
        Assert.Equal(["1: in_stock", "3: low 2", "4: out_of_stock 0", "6: low 8", "7: in_stock"], await inventory.ChangesAsync("A"));
    }

    [Theory]
    [InlineData("""{"lines":[],"holdSeconds":900}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"holdSeconds":900}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[null],"holdSeconds":900}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A"}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"quantity":1}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"","quantity":1}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A\u0000","quantity":1}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":0}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":-1}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1000000001}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1},{"sku":"A","quantity":2}]}""", "inventory.reservation.lines_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1.5}]}""", "request.malformed")]
    [InlineData("""{"lines":[{"sku":"A","quantity":9223372036854775808}]}""", "request.malformed")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1}],"holdSeconds":0}""", "inventory.reservation.hold_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1}],"holdSeconds":-900}""", "inventory.reservation.hold_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1}],"holdSeconds":86401}""", "inventory.reservation.hold_invalid")]
    [InlineData("""{"lines":[{"sku":"A","quantity":1}],"holdSeconds":9223372036854775807}""", "inventory.reservation.hold_invalid")]
    [InlineData("null", "request.malformed")]
    public async Task A_malformed_reservation_is_refused_with_a_stable_code(string json, string code)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        await inventory.ListAsync("tee", ("A", 9));
        (await inventory.PutJsonAsync("reservations/o1", json)).IsRefusal(400, code);
        Assert.Equal((9, 0, 1), (await inventory.StockAsync("A")).Stock);
    }

    [Fact]
    public async Task A_hundred_lines_are_reserved_and_no_more()
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        (string, long)[] lines = [.. Enumerable.Range(0, 101).Select(i => ($"S{i}", 1L))];
        await inventory.ListAsync("many", lines);
        (await inventory.ReserveAsync("o1", null, lines)).IsRefusal(400, "inventory.reservation.lines_invalid");
        Assert.Equal("pinned", (await inventory.ReserveAsync("o1", null, lines[..100])).State);
        Assert.Equal("committed", (await inventory.MoveAsync("o1", "committed")).State);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task The_database_itself_refuses_a_reservation_that_makes_no_sense(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 9));
        await inventory.ReserveAsync("o1", 900, ("A", 3));
        foreach (var sql in new Sql[]
        {
            $"UPDATE reservation SET state = 'Sold' WHERE order_id = 'o1'",
            $"UPDATE reservation SET expires_at = NULL WHERE order_id = 'o1'",
            $"UPDATE reservation SET state = 'Pinned' WHERE order_id = 'o1'",
            $"UPDATE reservation_line SET quantity = 0 WHERE order_id = 'o1'",
            $"UPDATE stock SET on_hand = 2 WHERE sku = 'A'",
            $"INSERT INTO reservation_line (order_id, sku, quantity) VALUES ('o2', 'A', 1)",
        })
        {
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => inventory.ExecuteAsync(sql));
        }
        Assert.Equal(HttpStatusCode.OK, (await inventory.MoveAsync("o1", "pinned")).Status);
    }
}
