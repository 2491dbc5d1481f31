namespace Souk.Auditing.Invariants;

/// <summary>Money: Payment's book, and the provider's own, which is the judge.</summary>
static class MoneyInvariants
{
    static readonly TimeSpan RefundLimit = TimeSpan.FromHours(24);

    /// <summary>I2: looks at what the provider's ledger has captured and refunded for each order that has ended.</summary>
    public static async Task ProviderHasTheTotalAsync(Snapshot store, Look look)
    {
        if (await IsElsewhereAsync(store, look)) return;
        var orders = await store.OnceAsync(Orders.ReadAsync);
        var ledger = await store.OnceAsync(ProviderLedger.ReadAsync);
        var isQuiet = await UnderWay.IsQuietAsync(store);
        var byOrder = ledger.Entries.ToLookup(entry => entry.Order, StringComparer.Ordinal);
        look.Saw(ledger.Entries.Count, "entries of the provider");

        foreach (var order in orders.All.Where(order => order.IsTerminal || order.IsReversed))
        {
            look.Saw(1, "orders that have ended");
            var entries = byOrder[order.Id].ToList();
            var net = Sum(entries, "capture") - Sum(entries, "refund");
            look.Require(entries.All(entry => order.Agreed.Currencies.Contains(entry.Currency)), order.Id, "was paid in another currency");
            // Later than the order itself: an authorisation that succeeded late is voided when it is found. Also of a completed
            // order, which another card has paid for.
            var open = isQuiet ? Open(entries) : [];
            look.Require(open.Count == 0, order.Id, $"is {order.State}, and {string.Join(", ", open)} still holds the customer's money");
            if (order.IsTakenBack)
            {
                look.Require(net == 0, order.Id, $"is {order.State}, and the provider has {net} of it");
                continue;
            }
            var most = order.Total - order.Refunds.Sum(refund => refund.Refunded);
            var least = order.IsRefunding ? order.Total - order.Refunds.Sum(refund => refund.Amount) : most;
            look.Require(least <= net && net <= most, order.Id, $"is completed, and the provider has {net} of it instead of {most}");
        }
        foreach (var stranger in byOrder.Where(group => orders.Find(group.Key) is null))
        {
            look.Against(stranger.Key.Length > 0 ? stranger.Key : stranger.First().Reference, "the provider took money for no order");
        }
        var running = orders.All.Count(order => !order.IsTerminal);
        if (running > 0) look.Saw(running, "still under way");
    }

    /// <summary>I3: adds up captures and refunds of each order, in Payment's operations and in the provider's ledger.</summary>
    public static async Task NeverTooMuchAsync(Snapshot store, Look look)
    {
        var operations = await store.OnceAsync(PaymentOperations.ReadAsync);
        look.Saw(operations.All.Count, "operations");
        Check("payment", operations.All.Where(one => one.State == "done").Select(one => (one.Order, one.Kind, one.Amount)));
        foreach (var (order, captured, refunded) in await store.Payment.QueryAsync("SELECT order_id, captured, refunded FROM payment",
            row => (row.Text(0), row.Long(1), row.Long(2))))
        {
            look.Require(captured == operations.Done(order, "capture") && refunded == operations.Done(order, "refund"),
                order, $"payment says {captured} captured and {refunded} refunded, its operations do not");
        }
        if (!store.Has("sandbox")) return;
        var ledger = await store.OnceAsync(ProviderLedger.ReadAsync);
        look.Saw(ledger.Entries.Count, "entries of the provider");
        Check("the provider", ledger.Entries.Select(one => (one.Order, one.Kind, one.Amount)));

        void Check(string book, IEnumerable<(string Order, string Kind, long Amount)> movements)
        {
            foreach (var order in movements.GroupBy(one => one.Order, StringComparer.Ordinal))
            {
                var captures = order.Count(one => one.Kind == "capture");
                var (authorized, captured, refunded) = (Of("authorize"), Of("capture"), Of("refund"));
                look.Require(captures <= 1, order.Key, $"{book} captured {captures} times");
                look.Require(captured <= authorized, order.Key, $"{book} captured {captured} of {authorized}");
                look.Require(refunded <= captured, order.Key, $"{book} refunded {refunded} of {captured}");

                long Of(string kind) => order.Where(one => one.Kind == kind).Sum(one => one.Amount);
            }
        }
    }

    /// <summary>
    /// I4: holds Payment's operations and its ledger against the provider's ledger. While the store runs, an operation of which
    /// Payment has not heard the outcome yet may stand at the provider alone.
    /// </summary>
    public static async Task BooksAgreeAsync(Snapshot store, Look look)
    {
        if (await IsElsewhereAsync(store, look)) return;
        var operations = await store.OnceAsync(PaymentOperations.ReadAsync);
        var ledger = await store.OnceAsync(ProviderLedger.ReadAsync);
        var isQuiet = await UnderWay.IsQuietAsync(store);
        look.Saw(operations.All.Count, "operations");
        look.Saw(ledger.Entries.Count, "entries of the provider");

        var theirs = ledger.Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        // A void of nothing (the customer said no to the bank, the order was cancelled) stands in no ledger; that nothing is
        // held all the same is I2's business.
        foreach (var ours in operations.All.Where(one => one is { State: "done" } and not { Kind: "void", Amount: 0 }))
        {
            if (!theirs.TryGetValue(ours.Key, out var entry)) look.Against(ours.Order, $"{ours.Key} is done here and unknown to the provider");
            else look.Require(entry.Kind == ours.Kind && IsSame(ours, entry), ours.Order,
                $"{ours.Key} is {ours.Kind} {ours.Amount} here and {entry.Kind} {entry.Amount} there");
        }
        foreach (var entry in ledger.Entries)
        {
            var ours = operations.Find(entry.Key);
            if (ours is null) look.Against(NameOf(entry), $"{entry.Key} is done at the provider and was never asked for");
            else look.Require(ours.State == "done" || !isQuiet && ours.State is "asked" or "unknown", NameOf(entry),
                $"{entry.Key} is done at the provider and {ours.State} here");
        }

        var book = await store.Payment.QueryAsync("SELECT transaction_key, amount, order_id FROM ledger_entry",
            row => (Key: row.Text(0), Amount: row.Long(1), Order: row.Text(2)));
        look.Saw(book.Count, "bookings");
        var booked = book.GroupBy(one => one.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        foreach (var (key, entries) in booked)
        {
            look.Require(entries.Sum(one => one.Amount) == 0, entries[0].Order, $"the bookings of {key} are not balanced");
            look.Require(operations.Find(key) is { State: "done" }, entries[0].Order, $"{key} is booked and not done");
        }
        foreach (var moved in operations.All.Where(one => one is { State: "done", Kind: "capture" or "refund" }))
        {
            var amount = booked.GetValueOrDefault(moved.Key)?.Where(one => one.Amount > 0).Sum(one => one.Amount) ?? 0;
            look.Require(amount == moved.Amount, moved.Order, $"{moved.Key} moved {moved.Amount} and is booked with {amount}");
        }
    }

    /// <summary>
    /// I22: holds each part of each refund against the operation of its key, and all of them against what was bought and
    /// captured; and looks how long they take.
    /// </summary>
    public static async Task RefundsAddUpAsync(Snapshot store, Look look)
    {
        var orders = await store.OnceAsync(Orders.ReadAsync);
        var operations = await store.OnceAsync(PaymentOperations.ReadAsync);
        var now = store.Options.Clock.GetUtcNow();
        var known = new HashSet<string>(StringComparer.Ordinal);
        look.Saw(orders.All.Count, "orders");
        foreach (var order in orders.All.Where(order => order.Refunds.Count > 0 || order.Refunded > 0))
        {
            look.Saw(order.Refunds.Count, "refunds");
            var back = order.Refunds.Sum(refund => refund.Refunded);
            look.Require(order.Refunded == back, order.Id, $"has {order.Refunded} refunded, its refunds {back}");
            var captured = operations.Done(order.Id, "capture");
            look.Require(back <= captured, order.Id, $"{back} went back of {captured} that were captured");
            foreach (var refund in order.Refunds)
            {
                look.Require(refund.Saga is not { State: "Refunding" } || now - refund.Saga.EnteredAt <= RefundLimit,
                    order.Id, $"its refund {refund.Id} takes longer than a day");
                look.Require(!refund.IsDone || refund.Amount == refund.Refunded, order.Id, $"its refund {refund.Id} is done and not all is back");
            }
            foreach (var part in order.Refunds.SelectMany(refund => refund.Parts))
            {
                look.Saw(1, "parts");
                look.Require(known.Add(part.Key), order.Id, $"{part.Key} is in two refunds");
                var asked = operations.Find(part.Key);
                look.Require(!part.IsBack || part.Amount == 0 || asked is { State: "done" } && asked.Amount == part.Amount,
                    order.Id, $"{part.Amount} of {part.Key} went back, Payment says {asked?.Amount ?? 0} {asked?.State ?? "never asked"}");
            }
            foreach (var (sku, pieces) in order.Refunds.SelectMany(refund => refund.Pieces).GroupBy(line => line.Key, StringComparer.Ordinal)
                .Select(line => (line.Key, line.Sum(piece => piece.Value))))
            {
                var bought = order.Agreed.Pieces.GetValueOrDefault(sku);
                look.Require(pieces <= bought, order.Id, $"{pieces} of {sku} were refunded, {bought} bought");
            }
        }
        foreach (var stranger in operations.All.Where(one => one is { Kind: "refund", State: "done" } && !known.Contains(one.Key)))
        {
            look.Against(stranger.Order, $"{stranger.Key} went back through no refund");
        }
    }

    /// <summary>Under another provider its book is not here to be read.</summary>
    static async Task<bool> IsElsewhereAsync(Snapshot store, Look look)
    {
        var providers = await store.Payment.QueryAsync("SELECT DISTINCT provider FROM payment", row => row.TextOrNull(0) ?? "sandbox");
        if (providers.FirstOrDefault(provider => provider != "sandbox") is not { } other) return false;
        look.Unknown($"the book of {other} cannot be read here");
        return true;
    }

    /// <summary>Authorisations that were neither captured nor voided.</summary>
    static List<string> Open(List<ProviderEntry> entries) =>
        [.. entries.Where(one => one.Kind == "authorize").Select(one => one.Authorization)
            .Except(entries.Where(one => one.Kind is "capture" or "void").Select(one => one.Authorization))];

    // A void is of the whole authorisation: its amount is nobody's business.
    static bool IsSame(PaymentOperation ours, ProviderEntry theirs) =>
        ours.Kind == "void" || ours.Amount == theirs.Amount && ours.Currency == theirs.Currency;

    static string NameOf(ProviderEntry entry) => entry.Order.Length > 0 ? entry.Order : entry.Reference;

    static long Sum(List<ProviderEntry> entries, string kind) => entries.Where(entry => entry.Kind == kind).Sum(entry => entry.Amount);
}
