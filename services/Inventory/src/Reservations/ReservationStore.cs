namespace Souk.Inventory.Reservations;

/// <summary>
/// Reservations and restocks. Every write takes the rows of the stock first, in the order of their SKUs, and then writes
/// the reservation onto the version that was read: nobody waits in a ring, and whoever was overtaken decides again.
/// </summary>
sealed class ReservationStore(Database database)
{
    public Task<Reservation?> FindAsync(string orderId, CancellationToken cancellation) =>
        database.ReadAsync(session => ReadAsync(session, orderId), cancellation);

    /// <summary>The orders whose hold has run out, the oldest first.</summary>
    public Task<List<string>> DueAsync(DateTimeOffset now, int max, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"SELECT order_id FROM reservation WHERE expires_at <= {now} ORDER BY expires_at LIMIT {max}",
            row => row.Text(0), cancellation), cancellation);

    /// <summary>Reserves all lines or none.</summary>
    public Task<Outcome> ReserveAsync(Reservation wanted, CancellationToken cancellation) =>
        UntilDecidedAsync(tx => TryReserveAsync(tx, wanted), cancellation);

    /// <summary>Moves a reservation as the rules decide, and its stock with it.</summary>
    /// <param name="orderId">The reservation.</param>
    /// <param name="decide">The rules: given what is there, or null.</param>
    /// <param name="change">For the audit, where pieces leave the house.</param>
    /// <param name="cancellation">Gives up between two tries.</param>
    public Task<Outcome> MoveAsync(
        string orderId, Func<Reservation?, Outcome> decide, Change? change, CancellationToken cancellation) =>
        UntilDecidedAsync(tx => TryMoveAsync(tx, orderId, decide, change), cancellation);

    /// <summary>Puts sold pieces back, once for each key.</summary>
    /// <returns>The refusal; null when it is done, now or before.</returns>
    public async Task<Refusal?> RestockAsync(Restock restock, Change change, CancellationToken cancellation) =>
        (await UntilDecidedAsync(tx => TryRestockAsync(tx, restock, change), cancellation)).Refusal;

    async Task<Outcome> UntilDecidedAsync(Func<Transaction, Task<Outcome?>> tryAsync, CancellationToken cancellation)
    {
        while (true)
        {
            if (await database.WriteAsync(tryAsync, cancellation) is { } decided) return decided;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    static async Task<Outcome?> TryReserveAsync(Transaction tx, Reservation wanted)
    {
        var stock = await StockStore.LockAsync(tx, wanted.Skus);
        var missing = wanted.Short(stock);
        // Nearly always the order is new and there is enough: then it is not even looked for.
        if (missing.Count == 0 && await PutAsync(tx, wanted))
        {
            await StockStore.WriteAsync(tx, Effects(null, wanted, stock));
            await tx.ExecuteAsync($"""
                INSERT INTO reservation_line (order_id, sku, quantity)
                VALUES {Sql.Join(", ", wanted.Lines.Select(line => (Sql)$"({wanted.OrderId}, {line.Sku}, {line.Quantity})"))}
                """);
            return wanted;
        }

        if (await ReadAsync(tx, wanted.OrderId) is not { } present) return ReservationRefusals.OutOfStock(missing);
        var outcome = present.Again(wanted, missing);
        if (outcome.Reservation is not { } again || again == present) return outcome;
        if (!await PutAsync(tx, again)) return null;
        await StockStore.WriteAsync(tx, Effects(present, again, stock));
        return outcome;
    }

    static async Task<Outcome?> TryMoveAsync(
        Transaction tx, string orderId, Func<Reservation?, Outcome> decide, Change? change)
    {
        var present = await ReadAsync(tx, orderId);
        var outcome = decide(present);
        if (outcome.Reservation is not { } moved || moved == present) return outcome;
        // Only what counted as reserved and no longer does moves the stock.
        var isMoving = present is { Holds: true } && !moved.Holds;
        var stock = isMoving ? await StockStore.LockAsync(tx, moved.Skus) : [];
        if (!await PutAsync(tx, moved)) return null;
        if (isMoving)
        {
            await StockStore.WriteAsync(
                tx, Effects(present, moved, stock), moved.State == ReservationState.Committed ? change : null);
        }
        return outcome;
    }

    static async Task<Outcome?> TryRestockAsync(Transaction tx, Restock restock, Change change)
    {
        var stock = await StockStore.LockAsync(tx, [.. restock.Lines.Select(line => line.Sku)]);
        var present = await ReadAsync(tx, restock.OrderId);
        var done = await tx.QueryAsync(
            $"""
            SELECT restock.order_id, line.sku, line.quantity
            FROM restock JOIN restock_line line ON line.key = restock.key WHERE restock.key = {restock.Key}
            """,
            row => (OrderId: row.Text(0), Line: new Pieces(row.Text(1), row.Long(2))));
        if (done.Count > 0)
        {
            return restock.IsSameAs(done[0].OrderId, done.Select(row => row.Line)) ? present! : ReservationRefusals.RestockChanged;
        }

        var outcome = present?.Restock(restock.Lines, change.At) ?? ReservationRefusals.TooMuch;
        if (outcome.Reservation is not { } restocked) return outcome;
        var changes = new List<(Stock Before, Stock After)>();
        foreach (var line in restock.Lines)
        {
            var (after, refusal) = stock[line.Sku].Receive(line.Quantity);
            if (after is null) return refusal!;
            changes.Add((stock[line.Sku], after));
        }

        if (!await PutAsync(tx, restocked)) return null;
        await tx.ExecuteAsync($"""
            INSERT INTO restock (key, order_id, done_at) VALUES ({restock.Key}, {restock.OrderId}, {change.At})
            """);
        await tx.ExecuteAsync($"""
            INSERT INTO restock_line (key, sku, quantity)
            VALUES {Sql.Join(", ", restock.Lines.Select(line => (Sql)$"({restock.Key}, {line.Sku}, {line.Quantity})"))}
            """);
        await StockStore.WriteAsync(tx, changes, change);
        return outcome;
    }

    static IReadOnlyList<(Stock Before, Stock After)> Effects(
        Reservation? before, Reservation after, Dictionary<string, Stock> stock) =>
        [.. after.Lines.Select(line => (stock[line.Sku], after.Effect(before, stock[line.Sku], line.Quantity)))];

    /// <summary>Writes a new reservation, or the next version onto the one before it; false when that is not there.</summary>
    static async Task<bool> PutAsync(Transaction tx, Reservation reservation) => await tx.ExecuteAsync($"""
        INSERT INTO reservation (order_id, state, expires_at, version, changed_at)
        VALUES ({reservation.OrderId}, {reservation.State.ToString()}, {reservation.ExpiresAt?.ToUnixTimeMilliseconds()},
            {reservation.Version}, {reservation.ChangedAt})
        ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at,
            version = excluded.version, changed_at = excluded.changed_at
        WHERE reservation.version = excluded.version - 1
        """) == 1;

    static async Task<Reservation?> ReadAsync(Session session, string orderId)
    {
        Reservation? head = null;
        // One row a line; an order without lines is one row with NULLs.
        var lines = await session.QueryAsync(
            $"""
            SELECT reservation.state, reservation.expires_at, reservation.version, reservation.changed_at, line.sku, line.quantity,
                (SELECT CAST(SUM(back.quantity) AS BIGINT) FROM restock JOIN restock_line back ON back.key = restock.key
                 WHERE restock.order_id = line.order_id AND back.sku = line.sku)
            FROM reservation LEFT JOIN reservation_line line ON line.order_id = reservation.order_id
            WHERE reservation.order_id = {orderId}
            ORDER BY line.sku
            """,
            row =>
            {
                head ??= new Reservation(orderId, Enum.Parse<ReservationState>(row.Text(0)),
                    row.LongOrNull(1) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, row.Long(2), row.Time(3), []);
                return row.TextOrNull(4) is { } sku ? new ReservedLine(sku, row.Long(5), row.LongOrNull(6) ?? 0) : null;
            });
        return head is null ? null : head with { Lines = [.. lines.OfType<ReservedLine>()] };
    }
}
