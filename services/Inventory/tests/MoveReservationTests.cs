namespace Souk.Inventory.Tests;

/// <summary>Held, pinned, committed, released: every move, allowed or not.</summary>
public sealed class MoveReservationTests
{
    const string Invalid = "inventory.reservation.state_invalid";
    const string Expired = "inventory.reservation.expired";

    /// <summary>From each state (a column) to each that may be asked for (a row): what is answered.</summary>
    static readonly Dictionary<string, Dictionary<string, string>> Moves = new()
    {
        ["none"] = new() { ["held"] = Invalid, ["pinned"] = Invalid, ["committed"] = Invalid, ["released"] = "released" },
        ["held"] = new() { ["held"] = "held", ["pinned"] = "pinned", ["committed"] = "committed", ["released"] = "released" },
        ["pinned"] = new() { ["held"] = Invalid, ["pinned"] = "pinned", ["committed"] = "committed", ["released"] = "released" },
        ["committed"] = new() { ["held"] = Invalid, ["pinned"] = Invalid, ["committed"] = "committed", ["released"] = Invalid },
        ["released"] = new() { ["held"] = Invalid, ["pinned"] = Invalid, ["committed"] = Invalid, ["released"] = "released" },
        ["expired"] = new() { ["held"] = Expired, ["pinned"] = Expired, ["committed"] = Expired, ["released"] = "released" },
    };

    [Theory, EveryEngine]
    public async Task Every_move_is_allowed_or_refused_as_the_table_says(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        foreach (var (from, targets) in Moves)
        {
            foreach (var (to, expected) in targets)
            {
                var (sku, order) = ($"{from}-{to}", $"{from} to {to}");
                await inventory.ListAsync(sku, (sku, 5));
                if (from is not "none") await inventory.ReserveAsync(order, 900, (sku, 2));
                if (from is "expired") await inventory.PassAsync(TimeSpan.FromHours(1));
                else if (from is not "none") await inventory.MoveAsync(order, from);

                var answer = await inventory.MoveAsync(order, to, hold: to == "held" ? 60 : null);
                Assert.Equal((from, to, expected), (from, to, answer.State));
                var now = expected.Contains('.', StringComparison.Ordinal) ? from : to;
                var stock = (await inventory.StockAsync(sku)).Stock;
                Assert.Equal((from, to, now is "committed" ? 3 : 5, now is "held" or "pinned" ? 2 : 0),
                    (from, to, stock.OnHand, stock.Reserved));

                // The same once more is the same, and nothing is done twice.
                Assert.Equal(answer.State, (await inventory.MoveAsync(order, to, hold: to == "held" ? 60 : null)).State);
                Assert.Equal(stock, (await inventory.StockAsync(sku)).Stock);
            }
        }
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_sale_says_of_which_order_it_was(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 5), ("B", 5));
        await inventory.ReserveAsync("o1", null, ("A", 2), ("B", 5));
        await inventory.MoveAsync("o1", "committed");
        Assert.Equal(
            """{"version":3,"kind":"sale","onHandBefore":5,"onHandAfter":3,"reason":"Order o1","by":"ordering","at":"2026-01-01T12:00:00+00:00"}""",
            (await inventory.AuditAsync("A"))[0].GetRawText());
        Assert.Equal(0, (await inventory.StockAsync("B")).Stock.OnHand);
    }

    [Theory, EveryEngine]
    public async Task What_is_pinned_can_be_held_for_a_time_and_then_runs_out(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 5));
        await inventory.ReserveAsync("o1", null, ("A", 2));
        await inventory.MoveAsync("o1", "held", 60);
        await inventory.PassAsync(TimeSpan.FromSeconds(30));
        await inventory.MoveAsync("o1", "held", 60); // asked again is no longer hold
        await inventory.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("expired", (await inventory.ReservationAsync("o1")).State);
        Assert.Equal((5, 0, 3), (await inventory.StockAsync("A")).Stock);
    }

    [Theory, EveryEngine]
    public async Task A_hold_that_comes_after_the_pin_it_was_sent_before_loosens_nothing(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 5));
        await inventory.ReserveAsync("o1", null, ("A", 2));
        Assert.Equal("pinned", (await inventory.MoveAsync("o1", "pinned")).State);
        Assert.Equal(Invalid, (await inventory.MoveAsync("o1", "held", 60)).State);

        // The same where its time had run out, and it was reserved anew.
        await inventory.ReserveAsync("o2", 60, ("A", 2));
        await inventory.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("pinned", (await inventory.ReserveAsync("o2", null, ("A", 2))).State);
        Assert.Equal(Invalid, (await inventory.MoveAsync("o2", "held", 60)).State);

        await inventory.PassAsync(TimeSpan.FromHours(1));
        var stock = (await inventory.StockAsync("A")).Stock;
        Assert.Equal((5, 4), (stock.OnHand, stock.Reserved));
    }

    [Theory]
    [InlineData("""{"state":"held"}""", "inventory.reservation.hold_invalid")]
    [InlineData("""{"state":"held","holdSeconds":0}""", "inventory.reservation.hold_invalid")]
    [InlineData("""{"state":"expired"}""", "inventory.reservation.state_unknown")]
    [InlineData("""{"state":null}""", "inventory.reservation.state_unknown")]
    [InlineData("""{"state":17}""", "inventory.reservation.state_unknown")]
    [InlineData("""{}""", "inventory.reservation.state_unknown")]
    [InlineData("""{"state":"sold"}""", "request.malformed")]
    public async Task A_state_that_cannot_be_asked_for_is_refused(string json, string code)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        await inventory.ListAsync("tee", ("A", 5));
        await inventory.ReserveAsync("o1", null, ("A", 2));
        (await inventory.PutJsonAsync("reservations/o1/state", json)).IsRefusal(400, code);
        Assert.Equal("pinned", (await inventory.ReservationAsync("o1")).State);
    }
}
