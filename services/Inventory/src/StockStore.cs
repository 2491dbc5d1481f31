namespace Souk.Inventory;

/// <summary>A change of what is on hand, for the audit.</summary>
/// <param name="Sku">Of which SKU.</param>
/// <param name="Kind"><c>opening</c>, <c>receipt</c> or <c>correction</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
sealed record Change(string Sku, string Kind, string Reason, string By, DateTimeOffset At);

/// <summary>
/// Inventory's tables. A change, its audit row, its event and the answer under its key are one transaction. All SQL of
/// the service is here.
/// </summary>
sealed class StockStore(Database database)
{
    /// <summary>The known ones of these SKUs.</summary>
    public async Task<Dictionary<string, Stock>> ReadAsync(IReadOnlyList<string> skus, CancellationToken cancellation)
    {
        var found = await database.ReadAsync(session => session.QueryAsync(
            $"SELECT sku, on_hand, reserved, version FROM stock WHERE sku IN {skus}", ReadStock, cancellation), cancellation);
        return found.ToDictionary(stock => stock.Sku, StringComparer.Ordinal);
    }

    /// <summary>The newest changes of a SKU before a version.</summary>
    public Task<List<AuditEntry>> AuditAsync(string sku, long before, int max, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT version, kind, on_hand_before, on_hand_after, reason, changed_by, changed_at
            FROM stock_audit WHERE sku = {sku} AND version < {before} ORDER BY version DESC LIMIT {max}
            """,
            row => new AuditEntry(
                row.Long(0), row.Text(1), row.Long(2), row.Long(3), row.Text(4), row.Text(5), row.Time(6)),
            cancellation), cancellation);

    /// <summary>Opens a SKU; one that is known already stays as it is.</summary>
    public static async Task OpenAsync(Transaction tx, Stock stock, Change change)
    {
        var opened = await tx.ExecuteAsync($"""
            INSERT INTO stock (sku, on_hand, reserved, version)
            VALUES ({stock.Sku}, {stock.OnHand}, {stock.Reserved}, {stock.Version}) ON CONFLICT (sku) DO NOTHING
            """);
        if (opened == 1) await NoteAsync(tx, change, before: null, stock);
    }

    /// <summary>Changes a SKU once for each key: whoever repeats the key gets the first answer, a refusal too.</summary>
    public Task<Decision> ChangeOnceAsync(
        IdempotencyKey key, Change change, Func<Stock, Decision> decide, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            // First the key: of two repeats at once one waits here until the other has answered.
            var isNew = await tx.ExecuteAsync($"""
                INSERT INTO idempotency (caller, idempotency_key, request, answered_at)
                VALUES ({key.Caller}, {key.Key}, {key.Request}, {change.At}) ON CONFLICT (caller, idempotency_key) DO NOTHING
                """) == 1;
            if (!isNew) return await AnsweredAsync(tx, key, change.Sku);

            var decision = await ChangeAsync(tx, change, decide);
            var (stock, refusal) = decision;
            await tx.ExecuteAsync($"""
                UPDATE idempotency SET on_hand = {stock?.OnHand}, reserved = {stock?.Reserved}, version = {stock?.Version},
                    status = {(long?)refusal?.Status}, code = {refusal?.Code}, detail = {refusal?.Detail}
                WHERE caller = {key.Caller} AND idempotency_key = {key.Key}
                """);
            return decision;
        }, cancellation);

    static async Task<Decision> ChangeAsync(Transaction tx, Change change, Func<Stock, Decision> decide)
    {
        // The row is locked, not read and then written onto its version: under a rush on one SKU the retries of those
        // who were overtaken bring PostgreSQL to its knees. SQLite has one writer anyway.
        var rowLock = tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE") : Sql.Empty;
        var before = await tx.FirstAsync(
            $"SELECT sku, on_hand, reserved, version FROM stock WHERE sku = {change.Sku} {rowLock}", ReadStock);
        if (before is null) return StockRefusals.SkuUnknown;

        var decision = decide(before);
        if (decision.Stock is not { } after) return decision;

        await tx.ExecuteAsync($"""
            UPDATE stock SET on_hand = {after.OnHand}, reserved = {after.Reserved}, version = {after.Version}
            WHERE sku = {change.Sku}
            """);
        await NoteAsync(tx, change, before, after);
        return decision;
    }

    /// <summary>The audit row of a change; and its event, where a shopper sees a difference.</summary>
    static async Task NoteAsync(Transaction tx, Change change, Stock? before, Stock after)
    {
        await tx.ExecuteAsync($"""
            INSERT INTO stock_audit (sku, version, kind, on_hand_before, on_hand_after, reason, changed_by, changed_at)
            VALUES ({after.Sku}, {after.Version}, {change.Kind}, {before?.OnHand ?? 0}, {after.OnHand}, {change.Reason},
                {change.By}, {change.At})
            """);
        if (before?.Shown == after.Shown) return;
        tx.Publish("StockChanged", after.Sku, after.Version,
            new StockChanged(after.Sku, after.Shown.Availability, after.Shown.Available), InventoryJson.Default.StockChanged);
    }

    static async Task<Decision> AnsweredAsync(Transaction tx, IdempotencyKey key, string sku)
    {
        var first = await tx.FirstAsync<(string Request, Decision Answer)>(
            $"""
            SELECT request, on_hand, reserved, version, status, code, detail FROM idempotency
            WHERE caller = {key.Caller} AND idempotency_key = {key.Key}
            """,
            row => (row.Text(0), row.LongOrNull(4) is { } status
                ? new Refusal((int)status, row.Text(5), row.Text(6))
                : new Stock(sku, row.Long(1), row.Long(2), row.Long(3))));
        return first.Request == key.Request ? first.Answer : StockRefusals.KeyReused;
    }

    static Stock ReadStock(Row row) => new(row.Text(0), row.Long(1), row.Long(2), row.Long(3));
}
