namespace Souk.Auditing.Reading;

/// <summary>What has not come to rest: what moves by itself, what waits for a customer, and what waits for an operator.</summary>
sealed class UnderWay
{
    /// <summary>Attempts after which a consumer parks an event.</summary>
    const long AttemptsMax = 5;

    /// <summary>Who reads whose feed, where an effect is expected.</summary>
    static readonly (string Consumer, string Producer)[] Subscriptions =
    [
        ("cart", "catalog"), ("inventory", "catalog"), ("ordering", "payment"), ("ordering", "shipping"), ("notifications", "ordering"),
    ];

    public List<Finding> Moving { get; } = [];

    public List<Finding> Parked { get; } = [];

    /// <summary>Orders that wait for their customer, and may for a while.</summary>
    public HashSet<string> WaitingForCustomer { get; } = new(StringComparer.Ordinal);

    public static async Task<bool> IsQuietAsync(Snapshot store) => (await store.OnceAsync(ReadAsync)).Moving.Count == 0;

    public static async Task<UnderWay> ReadAsync(Snapshot store)
    {
        var under = new UnderWay();
        if (store.Has("ordering")) await under.SagasAsync(store);
        if (store.Has("payment")) await under.PaymentsAsync(store);
        if (store.Has("inventory")) await under.ReservationsAsync(store);
        foreach (var consumer in store.Services) await under.FeedsAsync(store, consumer);
        return under;
    }

    async Task SagasAsync(Snapshot store)
    {
        var orders = await store.OnceAsync(Orders.ReadAsync);
        foreach (var saga in (await store.OnceAsync(Sagas.ReadAsync)).All)
        {
            var age = store.Options.Clock.GetUtcNow() - saga.EnteredAt;
            // A reversal has taken back what nobody can move on any more.
            if (saga.Name == "checkout" && orders.Find(saga.Id) is { IsReversed: true }) continue;
            if (saga.State == "NeedsAttention") Parked.Add(new Finding(saga.Id, $"the {saga.Name} needs attention"));
            else if (saga.State is "Completed" or "Rejected" or "Cancelled" or "Refunded" or "PartiallyRefunded") continue;
            else if (saga.State is "AwaitingCustomer" or "Declined" && age < store.Options.CustomerWait) WaitingForCustomer.Add(saga.Id);
            else Moving.Add(new Finding(saga.Id, $"the {saga.Name} is in {saga.State}"));
        }
    }

    /// <summary>Operations that the provider has not answered, unless it is the customer that it waits for.</summary>
    async Task PaymentsAsync(Snapshot store)
    {
        var open = await store.Payment.QueryAsync(
            "SELECT key, order_id, state FROM operation WHERE state IN ('asked', 'unknown')",
            row => (Key: row.Text(0), Order: row.Text(1), State: row.Text(2)));
        foreach (var operation in open.Where(one => !WaitingForCustomer.Contains(one.Order)))
        {
            Moving.Add(new Finding(operation.Order, $"the payment operation {operation.Key} is {operation.State}"));
        }
    }

    async Task ReservationsAsync(Snapshot store)
    {
        var open = await store.Inventory.QueryAsync(
            "SELECT order_id, state FROM reservation WHERE state IN ('Held', 'Pinned')", row => (Order: row.Text(0), State: row.Text(1)));
        foreach (var (order, state) in open.Where(one => !WaitingForCustomer.Contains(one.Order)))
        {
            Moving.Add(new Finding(order, $"its reservation is {state}"));
        }
    }

    async Task FeedsAsync(Snapshot store, string consumer)
    {
        var cursors = (await store.Of(consumer).QueryAsync("SELECT producer, position FROM feed_cursor", row => (row.Text(0), row.Long(1))))
            .ToDictionary(StringComparer.Ordinal);
        foreach (var expected in Subscriptions.Where(one => one.Consumer == consumer)) cursors.TryAdd(expected.Producer, 0);
        foreach (var (producer, position) in cursors.Where(cursor => store.Has(cursor.Key)))
        {
            var behind = (await store.Of(producer).QueryAsync(
                $"SELECT COUNT(*) FROM outbox WHERE position IS NULL OR position > {position}", row => row.Long(0)))[0];
            if (behind > 0) Moving.Add(new Finding($"{consumer} ← {producer}", $"{behind} events have not been read"));
        }

        var waiting = await store.Of(consumer).QueryAsync(
            "SELECT producer, position, subject, attempts, error FROM waiting_event ORDER BY producer, position",
            row => (Producer: row.Text(0), Position: row.Long(1), Subject: row.Text(2), Attempts: row.Long(3), Error: row.TextOrNull(4)));
        foreach (var aggregate in waiting.GroupBy(one => (one.Producer, one.Subject)))
        {
            var first = aggregate.First();
            if (await IsPoisonAsync(store, first.Producer, first.Position)) continue;
            var finding = new Finding($"{consumer} ← {first.Producer}", $"{aggregate.Count()} events of {first.Subject} wait: {first.Error}");
            (first.Attempts < AttemptsMax ? Moving : Parked).Add(finding);
        }
    }

    static async Task<bool> IsPoisonAsync(Snapshot store, string producer, long position) =>
        store.Options.Poison.Count > 0 && store.Has(producer)
        && (await store.Of(producer).QueryAsync($"SELECT id FROM outbox WHERE position = {position}", row => row.Text(0)))
            .Any(store.Options.Poison.Contains);
}
