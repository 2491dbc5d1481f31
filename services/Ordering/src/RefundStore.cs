namespace Souk.Ordering;

/// <summary>The tables of refunds. A change of one, of its order and its saga's move are one transaction.</summary>
static class RefundStore
{
    /// <summary>Adds a refund. That no part is refunded twice is the key's guarantee.</summary>
    public static async Task AddAsync(Transaction tx, Refund refund)
    {
        await tx.ExecuteAsync($"""
            INSERT INTO refund (id, order_id, reason, requested_by, requested_at, is_reversal, stops_shipment, is_last)
            VALUES ({refund.Id}, {refund.Order.Id}, {refund.Reason}, {refund.RequestedBy}, {refund.RequestedAt},
                {refund.IsReversal}, {refund.StopsShipment}, {refund.IsLast})
            """);
        foreach (var part in refund.Parts)
        {
            await tx.ExecuteAsync($"""
                INSERT INTO refund_part (order_id, line, k, refund_id, sku, quantity, amount, state)
                VALUES ({refund.Order.Id}, {part.Line}, {part.K}, {refund.Id}, {part.Sku}, {part.Quantity}, {part.Amount}, {part.State})
                """);
        }
    }

    public static async Task<Refund?> FindAsync(Session session, string id)
    {
        var orderId = await OrderIdAsync(session, id);
        if (orderId is null || await OrderStore.FindAsync(session, orderId) is not { } order) return null;
        return (await OfAsync(session, order)).Single(refund => refund.Id == id);
    }

    /// <summary>Of which order it is; null when there is none.</summary>
    public static Task<string?> OrderIdAsync(Session session, string id) =>
        session.FirstAsync($"SELECT order_id FROM refund WHERE id = {id}", row => row.Text(0));

    /// <summary>All refunds of an order, the first first.</summary>
    public static async Task<List<Refund>> OfAsync(Session session, Order order)
    {
        var refunds = await session.QueryAsync(
            $"""
            SELECT id, reason, requested_by, requested_at, is_reversal, stops_shipment, is_last FROM refund
            WHERE order_id = {order.Id} ORDER BY requested_at, id
            """,
            row => new Refund(row.Text(0), order, row.Text(1), row.Text(2), row.Time(3), row.Bool(4), row.Bool(5), row.Bool(6), []));
        if (refunds.Count == 0) return refunds;
        var parts = await session.QueryAsync(
            $"SELECT refund_id, line, k, sku, quantity, amount, state FROM refund_part WHERE order_id = {order.Id} ORDER BY line, k",
            row => (Refund: row.Text(0), Part: new RefundPart(
                row.Text(1), row.Int(2), row.TextOrNull(3), row.Int(4), row.Long(5), row.Text(6))));
        return [.. refunds.Select(refund => refund with { Parts = [.. parts.Where(part => part.Refund == refund.Id).Select(part => part.Part)] })];
    }

    /// <summary>The refunds of an order by id, for whoever wakes them.</summary>
    public static Task<List<string>> IdsAsync(Session session, string orderId) =>
        session.QueryAsync($"SELECT id FROM refund WHERE order_id = {orderId}", row => row.Text(0));

    /// <summary>Records what Payment said of each part; what has come back is told.</summary>
    public static async Task<Refund> PartsAsync(Transaction tx, Refund refund, IReadOnlyList<RefundPart> parts)
    {
        foreach (var part in parts.Except(refund.Parts))
        {
            await tx.ExecuteAsync($"""
                UPDATE refund_part SET state = {part.State} WHERE order_id = {refund.Order.Id} AND line = {part.Line} AND k = {part.K}
                """);
        }
        var now = refund with { Parts = parts };
        return now.Back == refund.Back ? now
            : now with { Order = await OrderStore.RefundedAsync(tx, refund.Order, now.Back - refund.Back, refund.Reason) };
    }
}
