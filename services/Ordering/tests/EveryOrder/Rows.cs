using System.Text.Json;
using Souk.Platform.Sagas;

namespace Souk.Ordering.Tests.EveryOrder;

/// <summary>Where an order stands, as its rows say: all that the code can see of its past, without names and times.</summary>
/// <remarks><c>Reversal</c>: the state of the saga that takes a confirmed order back; null: there is none.</remarks>
sealed record Standing(
    string State, int Attempt, PaymentStanding Payment, bool IsHeld, string? Ending, string? Reason, bool LocksCart,
    bool WasConfirmed, bool WasCancelling, bool IsShipped, string? Reversal)
{
    public static readonly Standing Placed = new("Placed", 1, new PaymentStanding("pending"), false, null, null, true, false, false, false, null);
}

/// <summary>An order and its neighbours.</summary>
sealed record World(Standing Order, Neighbours Neighbours)
{
    public override string ToString() =>
        $"{Order.State}{(Order.Reversal is { } reversal ? "+" + reversal : "")} (payment {Order.Payment.State}, attempt {Order.Attempt}, "
        + $"ending {Order.Ending ?? "-"}); in truth {Neighbours.Payment}{(Neighbours.IsWanted ? "" : " unwanted")}, "
        + $"capture {Neighbours.Capture}, stock {Neighbours.Reservation}, parcel {Neighbours.Shipment}";
}

/// <summary>One way from a world to another.</summary>
/// <param name="What">What happened, in words.</param>
/// <param name="To">The world after it.</param>
/// <param name="Moves">The states that were gone through, as the saga's log has them.</param>
/// <param name="Calls">What was sent to the neighbours, whether or not it came.</param>
/// <param name="Events">What was published.</param>
/// <param name="IsRun">Whether the store did it by itself.</param>
/// <param name="IsWell">Whether nothing failed, and time passed where somebody is waited for.</param>
sealed record Edge(
    string What, World To, IReadOnlyList<string> Moves, IReadOnlyList<string> Calls, IReadOnlyList<string> Events, bool IsRun, bool IsWell);

/// <summary>One order's rows in the real tables: put there as a standing says, and read back as one.</summary>
sealed class Rows(Database database, Saga<Order> saga, Saga<Refund> refunds, TimeProvider clock)
{
    public const string Id = "o";
    public const string Holder = "model";

    static readonly string Snapshot = JsonSerializer.Serialize(new Agreement(
        "c", 1, "hash", "ada@example.com", new Address("Ada", "Street 1", "Berlin", "10115", "DE"),
        new ShippingOption("standard", "Standard", new Money(490, "EUR"), 1, 2),
        [new QuoteLine("MUG", "Mug", "Blue", "mug", null, 1, new Money(500, "EUR"), new Money(500, "EUR"))],
        new Money(500, "EUR"), new Money(490, "EUR"), new Money(158, "EUR"), 1900, new Money(990, "EUR")), OrderingJson.Default.Agreement);

    /// <summary>Puts an order there, and nothing else.</summary>
    /// <param name="order">How it stands.</param>
    /// <param name="run">The state of the saga that is held for a run: of the order's, or of its reversal; null: none is.</param>
    /// <param name="age">How long that has been in its state.</param>
    /// <returns>The saga that is held; without a run, that of the order.</returns>
    public async Task<SagaState> PutAsync(Standing order, string? run, TimeSpan age)
    {
        var now = clock.GetUtcNow();
        List<string> been = [];
        if (order.WasConfirmed) been.Add("Confirmed");
        if (order.WasCancelling) been.Add("Cancelling");
        if (been.LastOrDefault() != order.State) been.Add(order.State);
        var isReversal = run is not null && run == order.Reversal;
        var isOrder = run is not null && !isReversal;
        await database.WriteAsync(async tx =>
        {
            foreach (var table in new[] { "refund", "orders", "saga", "saga_move", "outbox" }) await tx.ExecuteAsync(Sql.Text("DELETE FROM " + table));
            await tx.ExecuteAsync($"""
                INSERT INTO orders (id, number, cart_id, cart_version, locks_cart, snapshot, total, placed_at, version, feed_version, payment_method,
                    attempt, payment_state, payment_reason, next_action_url, is_held, ending, reason, refunded, shipment)
                VALUES ({Id}, 'N', 'c', 1, {order.LocksCart}, {Snapshot}, 990, {now}, 1, 0, 'card', {(long)order.Attempt}, {order.Payment.State},
                    {order.Payment.Reason}, {order.Payment.NextActionUrl}, {order.IsHeld}, {order.Ending}, {order.Reason}, 0,
                    {(order.IsShipped ? """{"state":"requested","parcels":[]}""" : null)})
                """);
            await SagaAsync(tx, CheckoutSaga.Name, Id, order.State, been.Count, now - age, isOrder);
            for (var seq = 1; seq <= been.Count; seq++) await MoveAsync(tx, seq, been[seq - 1], now);
            if (order.Reversal is null) return;
            await tx.ExecuteAsync($"""
                INSERT INTO refund (id, order_id, reason, requested_by, requested_at, is_reversal, stops_shipment, is_last)
                VALUES ({Id + "-reversal"}, {Id}, {order.Reason}, 'ordering', {now}, 1, 1, 1)
                """);
            await SagaAsync(tx, RefundSaga.Name, Id + "-reversal", order.Reversal, 1, now - age, isReversal);
        });
        return isReversal ? new SagaState(Id + "-reversal", run!, 1, 0, now - age, 1) : new SagaState(Id, order.State, been.Count, 0, now - age, 1);

        Task SagaAsync(Transaction tx, string name, string id, string state, long number, DateTimeOffset since, bool isHeld) => tx.ExecuteAsync($"""
            INSERT INTO saga (name, id, state, seq, attempt, entered_at, next_attempt_at, holder, leased_until, fence)
            VALUES ({name}, {id}, {state}, {number}, 0, {since}, {now}, {Holder}, {(isHeld ? now + Saga<Order>.Lease : now)}, 1)
            """);
    }

    /// <summary>Moves the order's saga wherever it is: what no code may do.</summary>
    public static async Task ForceAsync(Transaction tx, string state)
    {
        var seq = await tx.LongAsync($"UPDATE saga SET state = {state}, seq = seq + 1 WHERE name = {CheckoutSaga.Name} RETURNING seq");
        await MoveAsync(tx, seq, state, DateTimeOffset.UnixEpoch);
    }

    static Task<int> MoveAsync(Transaction tx, long seq, string state, DateTimeOffset at) => tx.ExecuteAsync(
        $"INSERT INTO saga_move (name, id, seq, state, moved_at) VALUES ({CheckoutSaga.Name}, {Id}, {seq}, {state}, {at})");

    /// <summary>How the order stands now, the moves that it has made since, and what was published.</summary>
    public Task<(Standing Order, List<string> Moves, List<string> Events)> GetAsync(SagaState before) => database.ReadAsync(async session =>
    {
        var order = (await OrderStore.FindAsync(session, Id))!;
        var run = (await saga.FindAsync(session, Id))!;
        var log = await saga.MovesAsync(session, Id, CancellationToken.None);
        // The log is whole: 1, 2, 3 …, and ends where the saga is.
        Assert.Equal(Enumerable.Range(1, log.Count).Select(seq => (long)seq), log.Select(move => move.Seq));
        Assert.Equal((log[^1].Seq, log[^1].State), (run.Seq, run.State));
        var locks = await session.LongAsync($"SELECT locks_cart FROM orders");
        var events = await session.QueryAsync($"SELECT type FROM outbox ORDER BY position", row => row.Text(0));
        var reversal = await refunds.FindAsync(session, Id + "-reversal");
        var known = before.Id == Id ? before.Seq : log.Count;
        return (
            new Standing(run.State, order.Attempt, order.Payment, order.IsHeld, order.Ending, order.Reason, locks == 1,
                log.Exists(move => move.State == "Confirmed"), log.Exists(move => move.State == "Cancelling"), order.Shipment is not null, reversal?.State),
            log.Where(move => move.Seq > known).Select(move => move.State).ToList(), events);
    });
}
