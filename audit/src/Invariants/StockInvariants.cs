namespace Souk.Auditing.Invariants;

/// <summary>What is in the house, what is promised, and to whom.</summary>
static class StockInvariants
{
    /// <summary>
    /// I5: looks at each SKU's row, at the chain of its audit rows, and at the sums of reservations and restocks: three
    /// accounts of the same pieces.
    /// </summary>
    public static async Task StockAddsUpAsync(Snapshot store, Look look)
    {
        var stock = await store.OnceAsync(StockBook.ReadAsync);
        look.Saw(stock.Skus.Count, "SKUs");
        look.Saw(stock.Skus.Values.Sum(sku => sku.Audit.Count), "audit rows");
        foreach (var sku in stock.Skus.Values)
        {
            look.Require(0 <= sku.Reserved && sku.Reserved <= sku.OnHand, sku.Sku, $"{sku.Reserved} reserved of {sku.OnHand} on hand");
            var held = sku.Of("Held") + sku.Of("Pinned");
            look.Require(sku.Reserved == held, sku.Sku, $"{sku.Reserved} reserved, the reservations are {held}");

            var onHand = 0L;
            foreach (var change in sku.Audit)
            {
                look.Require(change.Before == onHand, sku.Sku, $"audit row {change.Version} begins at {change.Before} instead of {onHand}");
                onHand = change.After;
            }
            look.Require(onHand == sku.OnHand, sku.Sku, $"{sku.OnHand} on hand, the audit ends at {onHand}");
            var expected = sku.Supplied + sku.Restocked - sku.Of("Committed");
            look.Require(sku.OnHand == expected, sku.Sku, $"{sku.OnHand} on hand, came in less committed are {expected}");
        }
    }

    /// <summary>I6: looks at all that was ever promised for good of each SKU, and at all that ever came in.</summary>
    public static async Task NeverOversoldAsync(Snapshot store, Look look)
    {
        var stock = await store.OnceAsync(StockBook.ReadAsync);
        look.Saw(stock.Skus.Count, "SKUs");
        look.Saw(stock.Reservations.Count, "reservations");
        foreach (var sku in stock.Skus.Values)
        {
            var promised = sku.Of("Committed") + sku.Of("Pinned");
            var there = sku.Supplied + sku.Restocked;
            look.Require(promised <= there, sku.Sku, $"{promised} sold or promised, there were {there}");
        }
    }

    /// <summary>
    /// I7: holds each reservation against its order, and each restock against its refund. While an order is under way its stock
    /// may be a step ahead of it; where an order has ended, both must be there.
    /// </summary>
    public static async Task ReservationFollowsOrderAsync(Snapshot store, Look look)
    {
        var stock = await store.OnceAsync(StockBook.ReadAsync);
        var orders = await store.OnceAsync(Orders.ReadAsync);
        look.Saw(stock.Reservations.Count, "reservations");
        look.Saw(orders.All.Count, "orders");
        foreach (var reservation in stock.Reservations.Values)
        {
            if (orders.Find(reservation.Order) is not { } order)
            {
                look.Against(reservation.Order, $"is no order and has {reservation.State} stock");
                continue;
            }
            var isPieces = IsSame(reservation.Pieces, order.Agreed.Pieces);
            // A tombstone is without lines: released before it was made.
            look.Require(isPieces || reservation is { State: "Released", Pieces.Count: 0 }, order.Id, "its reservation is not of its lines");
            switch (reservation.State)
            {
                case "Committed":
                    look.Require(order.HasBeen("StockCommitted") || order is { IsTerminal: false } && order.HasBeen("Confirmed"),
                        order.Id, $"is {order.State}, its stock is committed");
                    break;
                case "Held" or "Pinned":
                    look.Require(!order.IsTerminal, order.Id, $"is {order.State}, its stock is still {reservation.State}");
                    break;
                default:
                    // A reversal releases what it takes back, a moment before it is over.
                    look.Require(!order.IsConfirmed || order.Refunds.Any(refund => refund.IsReversal), order.Id, $"was confirmed, its stock is {reservation.State}");
                    break;
            }
        }
        foreach (var order in orders.All.Where(order => order.HasBeen("StockCommitted")))
        {
            var state = stock.Reservations.GetValueOrDefault(order.Id)?.State ?? "not there";
            look.Require(state == "Committed", order.Id, $"is past StockCommitted, its reservation is {state}");
        }
        var refunds = orders.All.SelectMany(order => order.Refunds).ToDictionary(refund => refund.Id, StringComparer.Ordinal);
        look.Saw(stock.Restocks.Count, "restocks");
        foreach (var restock in stock.Restocks.Values)
        {
            var isOfRefund = refunds.GetValueOrDefault(restock.Key) is { } refund && refund.OrderId == restock.Order && IsSame(restock.Pieces, refund.Pieces);
            look.Require(isOfRefund, restock.Order, $"its restock {restock.Key} is of no refund");
        }
        foreach (var refund in refunds.Values.Where(refund => refund.IsDone && refund.Pieces.Count > 0))
        {
            look.Require(stock.Restocks.ContainsKey(refund.Id), refund.OrderId, $"its refund {refund.Id} is done, the pieces are not back");
        }
    }

    static bool IsSame(Dictionary<string, long> these, Dictionary<string, long> those) =>
        these.Count == those.Count && these.All(line => those.GetValueOrDefault(line.Key) == line.Value);
}
