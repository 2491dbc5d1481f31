namespace Souk.Payment;

/// <summary>The copy of the provider's ledger, and the comparison with ours.</summary>
sealed class ReconciliationStore(Database database, IProvider provider)
{
    // SQLite looks through all parameters of a statement for each of them: few rows at a time, and always the same text.
    const int RowsMax = 20;

    public Task<string?> PositionAsync(CancellationToken cancellation) => database.ReadAsync(session => session.FirstAsync(
        $"SELECT position FROM provider_cursor WHERE provider = {provider.Name}", row => row.Text(0), cancellation), cancellation);

    /// <summary>Adds a page, moves on, and ticks off what both sides have.</summary>
    public async Task CopyAsync(LedgerPage page)
    {
        var isOpen = await database.ReadAsync(session => session.LongAsync($"SELECT COUNT(*) FROM (SELECT 1 FROM provider_entry WHERE is_matched = 0 LIMIT 1) AS one"));
        if (page.Entries.Count == 0 && isOpen == 0) return;
        await database.WriteAsync(async tx =>
        {
            foreach (var entries in page.Entries.Chunk(RowsMax))
            {
                var rows = Sql.Join(", ", entries.Select(e => (Sql)
                    $"({e.Key}, {e.Kind}, {e.ProviderId}, {e.Reference}, {e.Amount.Amount}, {e.Amount.Currency}, {e.BookedAt})"));
                await tx.ExecuteAsync($"""
                    INSERT INTO provider_entry (key, kind, provider_id, reference, amount, currency, booked_at) VALUES {rows}
                    ON CONFLICT (key) DO NOTHING
                    """);
            }
            if (page.Position is { } position)
            {
                await tx.ExecuteAsync($"""
                    INSERT INTO provider_cursor (provider, position) VALUES ({provider.Name}, {position})
                    ON CONFLICT (provider) DO UPDATE SET position = excluded.position
                    """);
            }
            // A void of what was never authorised moves nothing: some providers book it, some do not.
            await tx.ExecuteAsync($"""
                UPDATE provider_entry SET is_matched = 1 WHERE is_matched = 0 AND EXISTS (
                    SELECT 1 FROM operation o WHERE o.key = provider_entry.key AND o.state = 'done' AND o.kind = provider_entry.kind
                      AND o.currency = provider_entry.currency AND (o.amount = provider_entry.amount OR o.kind = 'void' AND o.amount = 0))
                """);
            await tx.ExecuteAsync($"""
                UPDATE operation SET is_matched = 1 WHERE is_matched = 0 AND state = 'done' AND EXISTS (
                    SELECT 1 FROM provider_entry e WHERE e.key = operation.key AND e.is_matched = 1)
                """);
        });
    }

    /// <summary>What the provider booked and we did not, with what we know of the key.</summary>
    public Task<List<(ProviderEntry Entry, Operation? Asked)>> ProviderOnlyAsync(int max, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT {PaymentStore.OperationColumns}, e.key, e.kind, e.provider_id, e.reference, e.amount, e.currency, e.booked_at
            FROM provider_entry e LEFT JOIN operation o ON o.key = e.key WHERE e.is_matched = 0 ORDER BY e.booked_at, e.key LIMIT {max}
            """,
            row => (new ProviderEntry(row.Text(12), row.Text(13), row.Text(14), row.TextOrNull(15), new Money(row.Long(16), row.Text(17)), row.Time(18)),
                row.TextOrNull(0) is null ? null : PaymentStore.ReadOperation(row, 0)), cancellation), cancellation);

    /// <summary>What we booked before a time and the provider did not.</summary>
    public Task<List<Operation>> OursOnlyAsync(DateTimeOffset before, int max, CancellationToken cancellation) =>
        OperationsAsync($"o.is_matched = 0 AND o.state = 'done' AND o.amount > 0 AND o.settled_at < {before} ORDER BY o.settled_at LIMIT {max}", cancellation);

    /// <summary>Refunds so old that their key is forgotten, open here and unknown there: they never arrived, and never will.</summary>
    public Task<List<Operation>> ForgottenAsync(DateTimeOffset before, int max, CancellationToken cancellation) => OperationsAsync(
        $"""
        o.next_ask_at IS NOT NULL AND o.kind = 'refund' AND o.asked_at < {before}
          AND NOT EXISTS (SELECT 1 FROM provider_entry e WHERE e.key = o.key) LIMIT {max}
        """, cancellation);

    Task<List<Operation>> OperationsAsync(Sql which, CancellationToken cancellation) => database.ReadAsync(session => session.QueryAsync(
        $"SELECT {PaymentStore.OperationColumns} FROM operation o WHERE {which}",
        row => PaymentStore.ReadOperation(row, 0), cancellation), cancellation);
}
