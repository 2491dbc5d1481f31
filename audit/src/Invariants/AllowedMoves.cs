namespace Souk.Auditing.Invariants;

/// <summary>The moves that the design allows a saga: the judge's copy, not the plan that is judged.</summary>
sealed class AllowedMoves
{
    readonly Dictionary<string, string[]> _to;

    AllowedMoves(string first, Dictionary<string, string[]> to)
    {
        First = first;
        _to = to;
    }

    public string First { get; }

    public bool Has(string from, string to) => _to.TryGetValue(from, out var allowed) && allowed.Contains(to, StringComparer.Ordinal);

    public static AllowedMoves? Of(string saga) => saga switch { "checkout" => Checkout, "refund" => Refund, _ => null };

    static readonly AllowedMoves Checkout = new("Placed", new()
    {
        ["Placed"] = ["Reserved", "Rejected", "Cancelling"],
        ["Reserved"] = ["Authorizing", "Cancelling"],
        ["Authorizing"] = ["Authorized", "PaymentUnknown", "Declined", "AwaitingCustomer", "Cancelling"],
        ["AwaitingCustomer"] = ["Authorized", "Declined", "Cancelling"],
        ["PaymentUnknown"] = ["Authorized", "Declined", "AwaitingCustomer", "Cancelling", "NeedsAttention"],
        ["Declined"] = ["Authorizing", "Cancelling"],
        ["Authorized"] = ["Pinned", "Cancelling"],
        ["Pinned"] = ["Confirmed", "Cancelling"],
        ["Cancelling"] = ["Cancelled", "Rejected", "NeedsAttention"],
        ["Confirmed"] = ["Captured", "NeedsAttention"],
        ["Captured"] = ["StockCommitted"],
        ["StockCommitted"] = ["ShipmentRequested"],
        ["ShipmentRequested"] = ["Completed"],
        // An operator names the state.
        ["NeedsAttention"] = ["PaymentUnknown", "Cancelling", "Confirmed"],
    });

    static readonly AllowedMoves Refund = new("RefundRequested", new()
    {
        ["RefundRequested"] = ["ShipmentStopped", "ShipmentGone"],
        ["ShipmentStopped"] = ["Refunding"],
        ["ShipmentGone"] = ["Refunding"],
        ["Refunding"] = ["Refunded", "PartiallyRefunded", "NeedsAttention"],
        ["NeedsAttention"] = ["Refunding"],
    });
}
