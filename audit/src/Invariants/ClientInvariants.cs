namespace Souk.Auditing.Invariants;

/// <summary>What clients were told, by their own record, against what is so.</summary>
static class ClientInvariants
{
    static readonly string[] Confirmed = ["Confirmed", "Captured", "StockCommitted", "ShipmentRequested", "Completed"];

    /// <summary>I17: looks for each order of a 2xx, and whether one that was shown as confirmed was less afterwards, or is now.</summary>
    public static async Task ToldIsTrueAsync(Snapshot store, Look look)
    {
        if (RecordOf(store, look) is not { } record) return;
        var orders = await store.OnceAsync(Orders.ReadAsync);
        var told = record.Where(one => one.Status is >= 200 and < 300 && one.OrderId is not null).ToList();
        look.Saw(told.Count, "answers with an order");
        foreach (var answers in told.GroupBy(one => one.OrderId!, StringComparer.Ordinal))
        {
            if (orders.Find(answers.Key) is not { } order)
            {
                look.Against(answers.Key, "was told to a client and does not exist");
                continue;
            }
            var confirmed = answers.Where(one => Confirmed.Contains(one.State)).ToList();
            if (confirmed.Count == 0) continue;
            look.Require(order.IsConfirmed, order.Id, $"was shown as confirmed and is {order.State}");
            // Only who asked after the answer had come may expect as much.
            var since = confirmed.Min(one => one.DoneAt);
            foreach (var less in answers.Where(one => one.At > since && one.State is not (null or "NeedsAttention") && !Confirmed.Contains(one.State)))
            {
                look.Against(order.Id, $"was shown as confirmed and then as {less.State}");
            }
        }
    }

    /// <summary>I18: looks at what was captured for the orders of refused keys, and at how many orders an unanswered key has.</summary>
    public static async Task RefusedIsFreeAsync(Snapshot store, Look look)
    {
        if (RecordOf(store, look) is not { } record) return;
        // That a key is under way, or is another request's, refuses the repeat and not the request.
        var refused = record.Where(one => one.Status is 402 or 409 or 422 && one.Key is not null
            && one.Code is not ("request.in_progress" or "request.idempotency_key_reused")).ToList();
        var unknown = record.Where(one => one.IsUnknown && one.Key is not null).ToList();
        look.Saw(refused.Count, "refusals");
        look.Saw(unknown.Count, "unknown answers");

        var orders = (await store.Ordering.QueryAsync(
            "SELECT idempotency_key, location FROM answered_request WHERE location IS NOT NULL AND (status IS NULL OR status < 300)",
            row => (Key: row.Text(0), Order: OrderInvariants.OrderOf(row.Text(1)))))
            .Concat(record.Where(one => one is { Key: not null, OrderId: not null, Status: >= 200 and < 300 }).Select(one => (Key: one.Key!, Order: one.OrderId!)))
            .Distinct().ToLookup(one => one.Key, one => one.Order, StringComparer.Ordinal);
        var operations = await store.OnceAsync(PaymentOperations.ReadAsync);
        foreach (var key in refused.Select(one => one.Key!).Distinct(StringComparer.Ordinal))
        {
            foreach (var order in orders[key]) look.Require(operations.Done(order, "capture") == 0, order, $"was captured under {key}, which was refused");
        }
        foreach (var key in unknown.Select(one => one.Key!).Distinct(StringComparer.Ordinal))
        {
            look.Require(orders[key].Distinct().Count() <= 1, key, $"had no answer and made the orders {string.Join(", ", orders[key])}");
        }
    }

    /// <summary>I19: compares all definite answers to one action, key and body.</summary>
    public static Task OneAnswerAsync(Snapshot store, Look look)
    {
        if (RecordOf(store, look) is not { } record) return Task.CompletedTask;
        // What never came to the business, or came while the first was under way, is not the key's answer.
        var answers = record.Where(one => one.Key is not null && !one.IsUnknown && one.Status is not (400 or 401 or 403 or 429)
            && one.Code is not ("request.in_progress" or "request.idempotency_key_reused"));
        var keys = answers.GroupBy(one => (one.Action, one.Key, one.BodyHash)).ToList();
        look.Saw(keys.Count, "keys");
        foreach (var same in keys)
        {
            look.Saw(same.Count(), "answers");
            var different = same.DistinctBy(one => (one.Status, one.OrderId, one.State, one.Code, one.AnswerHash)).ToList();
            look.Require(different.Count == 1, same.Key.Key!,
                $"was answered {string.Join(" and ", different.Select(one => $"{one.Status} {one.OrderId ?? one.Code} {one.State}".Trim()))}");
        }
        return Task.CompletedTask;
    }

    /// <summary>
    /// I21: holds whose an order is against whose its cart is, while there is one. A payment is its order's and has no user of its
    /// own; a guest's cart is nobody's, also when somebody who has signed in orders what is in it.
    /// </summary>
    public static async Task OneUserAsync(Snapshot store, Look look)
    {
        var owners = (await store.Cart.QueryAsync("SELECT id, owner FROM cart WHERE owner IS NOT NULL", row => (Id: row.Text(0), Owner: row.Text(1))))
            .ToDictionary(cart => cart.Id, cart => cart.Owner, StringComparer.Ordinal);
        var orders = await store.Ordering.QueryAsync("SELECT id, cart_id, customer FROM orders", row => (Id: row.Text(0), Cart: row.Text(1), Customer: row.TextOrNull(2)));
        if (owners.Count == 0 && orders.All(order => order.Customer is null))
        {
            look.NotApplicable("nobody has signed in");
            return;
        }
        look.Saw(orders.Count(order => order.Customer is not null), "orders of users");
        look.Saw(owners.Count, "carts of users");
        foreach (var order in orders)
        {
            look.Require(!owners.TryGetValue(order.Cart, out var owner) || owner == order.Customer, order.Id,
                $"is of {order.Customer ?? "a guest"}, its cart of {owner}");
        }
    }

    static IReadOnlyList<ClientAnswer>? RecordOf(Snapshot store, Look look)
    {
        if (store.Options.Record is null) look.Unknown("no client record");
        return store.Options.Record;
    }
}
