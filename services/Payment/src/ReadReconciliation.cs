namespace Souk.Payment;

/// <summary>What our books and the provider's do not agree on, what was flagged and what was called out: for the store's own people.</summary>
static class ReadReconciliation
{
    const int ListMax = 100;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/reconciliation", HandleAsync)
        .WithName("ReadReconciliation")
        .AllowCallers("souk", "console");

    static async Task<ReconciliationView> HandleAsync(
        ReconciliationStore store, WebhookStore webhooks, AlarmStore alarms, TimeProvider clock, CancellationToken cancellation)
    {
        var before = clock.GetUtcNow() - Reconcile.Grace;
        var theirs = await store.ProviderOnlyAsync(ListMax, cancellation);
        var ours = await store.OursOnlyAsync(before, ListMax, cancellation);
        return new ReconciliationView(
            await store.PositionAsync(cancellation),
            [.. theirs.Where(row => row.Asked?.IsUnderWay(clock.GetUtcNow()) != true)
                .Select(row => new OneSidedView(row.Entry.Key, row.Entry.Kind, row.Entry.Amount, row.Asked?.State))],
            [.. ours.Select(asked => new OneSidedView(asked.Key, asked.Kind, asked.Amount, asked.State))],
            await webhooks.FlaggedAsync(ListMax, cancellation),
            await alarms.NewestAsync(ListMax, cancellation));
    }
}

/// <summary>How the two books differ.</summary>
/// <param name="Position">How far the provider's was read.</param>
/// <param name="ProviderOnly">What only the provider has.</param>
/// <param name="OursOnly">What only we have, for longer than a minute.</param>
/// <param name="Flagged">Messages that fit no payment.</param>
/// <param name="Alarms">The newest.</param>
sealed record ReconciliationView(
    string? Position, IReadOnlyList<OneSidedView> ProviderOnly, IReadOnlyList<OneSidedView> OursOnly,
    IReadOnlyList<FlaggedView> Flagged, IReadOnlyList<AlarmView> Alarms);

/// <summary>A row that only one side has.</summary>
/// <param name="Key">The operation's.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Amount">How much.</param>
/// <param name="OurState">How it stands here; null: never asked for.</param>
sealed record OneSidedView(string Key, string Kind, Money Amount, string? OurState);

/// <summary>A message that fits no payment.</summary>
sealed record FlaggedView(string EventId, string Type, string? Reference, string Flag, Money Amount, DateTimeOffset ReceivedAt);
