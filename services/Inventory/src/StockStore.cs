namespace Souk.Inventory;

/// <summary>A change of what is on hand, for the audit.</summary>
/// <param name="Kind"><c>opening</c>, <c>receipt</c>, <c>correction</c>, <c>sale</c> or <c>restock</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
sealed record Change(string Kind, string Reason, string By, DateTimeOffset At);

/// <summary>Stock and its audit. A change, its audit row, its event and the answer under its key are one transaction.</summary>
sealed class StockStore(Database database)
{
    /// <summary>The known ones of these SKUs.</summary>
    public async Task<Dictionary<string, Stock>> ReadAsync(IReadOnlyList<string> skus, CancellationToken cancellation)
    {
        var found = await database.ReadAsync(session => session.QueryAsync(
            $"SELECT sku, on_hand, reserved, version FROM stock WHERE sku IN {skus}", ReadStock, cancellation), cancellation);
        return found.ToDictionary(stock => stock.Sku, StringComparer.Ordinal);
    }

    /// <summary>SKUs after one that begin with a text and of which less can be sold than so many, in the order of SKUs.</summary>
    public Task<List<Stock>> ListAsync(string prefix, long below, string after, int limit, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT sku, on_hand, reserved, version FROM stock
            WHERE sku > {after} AND substr(sku, 1, CAST({(long)prefix.Length} AS INTEGER)) = {prefix} AND on_hand - reserved < {below}
            ORDER BY sku LIMIT {(long)limit}
            """, ReadStock, cancellation), cancellation);

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
        if (opened == 0) return;
        await NoteAsync(tx, [(null, stock)], change);
        Tell(tx, null, stock);
    }

    /// <summary>
    /// The known ones of these SKUs, locked in the order of SKUs until the transaction ends: under a rush on one SKU
    /// whoever comes later waits here, where tries on a version would bring PostgreSQL to its knees.
    /// </summary>
    public static async Task<Dictionary<string, Stock>> LockAsync(Transaction tx, IReadOnlyList<string> skus)
    {
        // SQLite has one writer anyway.
        var rowLock = tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE") : Sql.Empty;
        var locked = await tx.QueryAsync(
            $"SELECT sku, on_hand, reserved, version FROM stock WHERE sku IN {skus} ORDER BY sku {rowLock}", ReadStock);
        return locked.ToDictionary(stock => stock.Sku, StringComparer.Ordinal);
    }

    /// <summary>Writes locked rows as they are now, in one statement, and tells what a shopper sees of it.</summary>
    /// <param name="tx">The transaction that holds the locks.</param>
    /// <param name="changes">Each SKU's stock before and after.</param>
    /// <param name="change">For the audit, where what is on hand has changed; null: it has not.</param>
    public static async Task WriteAsync(
        Transaction tx, IReadOnlyList<(Stock Before, Stock After)> changes, Change? change = null)
    {
        var rows = Sql.Join(", ", changes.Select(row =>
            (Sql)$"({row.After.Sku}, {row.After.OnHand}, {row.After.Reserved}, {row.After.Version})"));
        var written = await tx.ExecuteAsync($"""
            UPDATE stock SET on_hand = next.column2, reserved = next.column3, version = next.column4
            FROM (VALUES {rows}) AS next WHERE stock.sku = next.column1 AND stock.version = next.column4 - 1
            """);
        if (written != changes.Count) throw new InvalidOperationException("Stock has changed under its lock.");
        if (change is not null) await NoteAsync(tx, [.. changes.Select(row => ((Stock?)row.Before, row.After))], change);
        foreach (var (before, after) in changes) Tell(tx, before, after);
    }

    /// <summary>Changes a SKU once for each key: whoever repeats the key gets the first answer, a refusal too.</summary>
    public Task<Decision> ChangeOnceAsync(
        IdempotencyKey key, string sku, Change change, Func<Stock, Decision> decide, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            // First the key: of two repeats at once one waits here until the other has answered.
            var isNew = await tx.ExecuteAsync($"""
                INSERT INTO idempotency (caller, idempotency_key, request, answered_at)
                VALUES ({key.Caller}, {key.Key}, {key.Request}, {change.At}) ON CONFLICT (caller, idempotency_key) DO NOTHING
                """) == 1;
            if (!isNew) return await AnsweredAsync(tx, key, sku);

            var decision = await ChangeAsync(tx, sku, change, decide);
            var (stock, refusal) = decision;
            await tx.ExecuteAsync($"""
                UPDATE idempotency SET on_hand = {stock?.OnHand}, reserved = {stock?.Reserved}, version = {stock?.Version},
                    status = {(long?)refusal?.Status}, code = {refusal?.Code}, detail = {refusal?.Detail}
                WHERE caller = {key.Caller} AND idempotency_key = {key.Key}
                """);
            return decision;
        }, cancellation);

    static async Task<Decision> ChangeAsync(Transaction tx, string sku, Change change, Func<Stock, Decision> decide)
    {
        if ((await LockAsync(tx, [sku])).GetValueOrDefault(sku) is not { } before) return StockRefusals.SkuUnknown;
        var decision = decide(before);
        if (decision.Stock is { } after) await WriteAsync(tx, [(before, after)], change);
        return decision;
    }

    static async Task NoteAsync(Transaction tx, IReadOnlyList<(Stock? Before, Stock After)> changes, Change change)
    {
        var rows = Sql.Join(", ", changes.Select(row => (Sql)$"""
            ({row.After.Sku}, {row.After.Version}, {change.Kind}, {row.Before?.OnHand ?? 0}, {row.After.OnHand},
                {change.Reason}, {change.By}, {change.At})
            """));
        await tx.ExecuteAsync($"""
            INSERT INTO stock_audit (sku, version, kind, on_hand_before, on_hand_after, reason, changed_by, changed_at)
            VALUES {rows}
            """);
    }

    /// <summary>The event, where a shopper sees a difference.</summary>
    static void Tell(Transaction tx, Stock? before, Stock after)
    {
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
