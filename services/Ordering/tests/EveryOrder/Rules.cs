namespace Souk.Ordering.Tests.EveryOrder;

/// <summary>What must hold of every way and of the world it leads to: the design's invariants, as far as one order has them.</summary>
static class Rules
{
    static readonly string[] Sold = ["Confirmed", "Captured", "StockCommitted", "ShipmentRequested", "Completed"];

    /// <summary>Whether nothing more has to happen.</summary>
    public static bool IsEnd(Standing order) => order.State is "Completed" or "Rejected" or "Cancelled" || order.Reversal == "Refunded";

    /// <summary>The first rule that is broken; null: none is.</summary>
    public static string? Broken(World from, Edge edge) =>
        OfMoves(from, edge) ?? OfMoney(edge.To.Order, edge.To.Neighbours) ?? OfThings(edge.To.Order, edge.To.Neighbours);

    static string? OfMoves(World from, Edge edge)
    {
        var order = edge.To.Order;
        string[] path = [from.Order.State, .. edge.Moves];
        return First(
            (path.Skip(1).Where((to, at) => !PlanTests.Checkout[path[at]].Contains(to)).Any(), "I11: not a move of the table"),
            (path[^1] != order.State, "I11: the log ends elsewhere"),
            (order.WasConfirmed && !Sold.Contains(order.State) && order.State != "NeedsAttention", "I12: a confirmed order is taken back"),
            (!order.WasConfirmed && Sold.Contains(order.State), "I12: sold, and never confirmed"),
            (order.WasConfirmed && order.Reversal is null && order.Ending is not null, "I12: confirmed, and noted as taken back"),
            (edge.Events.Count(type => type == "OrderConfirmed") != edge.Moves.Count(move => move == "Confirmed"), "I12: announced as it is not"),
            (order.State is "Cancelled" or "Rejected" && !string.Equals(order.Ending, order.State, StringComparison.OrdinalIgnoreCase), "I12: ended, and noted as something else"),
            // Somebody has to look where two days were not enough, or a capture was definitely refused.
            (edge.Moves.Contains("NeedsAttention") && !edge.What.Contains("two days later", StringComparison.Ordinal)
                && !(order.Reversal is not null && edge.To.Neighbours.Capture == "refused"), "NeedsAttention too early"));
    }

    static string? OfMoney(Standing order, Neighbours at) => First(
        (at.Captures > 1, "I3: captured twice"),
        (at.Captures > 0 && !order.WasConfirmed, "I2: captured, and never confirmed"),
        (at.Captures > 0 && IsUnsold(order), "I2: captured, and ended without a sale"),
        (IsUnsold(order) && at.Payment is not ("none" or "voided"), "I2: ended without a sale, and money is held or may be"),
        (at.Captures == 0 && Sold.Contains(order.State) && order.State != "Confirmed", "I2: past Captured without money"),
        (order.State == "Declined" && at.Payment != "declined", "I18: declined, and the provider did not say so"));

    static string? OfThings(Standing order, Neighbours at) => First(
        (order.State is "StockCommitted" or "ShipmentRequested" or "Completed" && at.Reservation != "committed", "I7: past StockCommitted, and it is not"),
        (at.Reservation == "committed" && at.Captures == 0, "I7: committed, and not paid"),
        (IsUnsold(order) && at.Reservation is not ("none" or "released"), "I7: ended without a sale, and stock is kept"),
        (Sold.Contains(order.State) && at.Reservation is not ("pinned" or "kept" or "committed"), "I7: confirmed, and the stock is not pinned"),
        (at.Shipment == "requested" && at.Reservation != "committed", "I8: a parcel that is not paid and committed"),
        (at.IsEmptied && at.Shipment != "requested", "I10: the cart was emptied too early"),
        (order.State == "Completed" && !at.IsEmptied, "I10: completed, and the cart is full"),
        (order.LocksCart == IsEnd(order), "I10: the cart is locked when it should not be, or not when it should"));

    static bool IsUnsold(Standing order) => IsEnd(order) && order.State != "Completed";

    static string? First(params (bool IsBroken, string Rule)[] rules) => rules.FirstOrDefault(rule => rule.IsBroken).Rule;
}
