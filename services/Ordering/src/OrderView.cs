using System.Text.Json.Serialization;

namespace Souk.Ordering;

/// <summary>An order as its owner sees it.</summary>
sealed record OrderView(
    string Id, string Number, long Version, string State, string Outcome, string? Reason, string Email, Address ShippingAddress,
    IReadOnlyList<QuoteLine> Lines, Money ItemsTotal, ShippingOption ShippingOption, Money Shipping, Money Tax, int TaxRate, Money Total,
    Money Refunded, PaymentView Payment, Shipment? Shipment, IReadOnlyList<HistoryView> History,
    bool CanCancel, bool CanPayAgain, DateTimeOffset PlacedAt, DateTimeOffset UpdatedAt, IReadOnlyList<RefundView> Refunds)
{
    /// <summary>Whose it is; not shown.</summary>
    [JsonIgnore]
    public string? Customer { get; init; }

    public static OrderView Of(Order order, IReadOnlyList<SagaMove> moves, IReadOnlyList<(Refund Refund, SagaState Run)> refunds)
    {
        var agreed = order.Agreed;
        var state = moves[^1].State;
        return new OrderView(
            order.Id, order.Number, VersionOf(order, moves[^1].Seq, refunds.Sum(refund => refund.Run.Seq)), state, OutcomeOf(order, state), order.Reason, agreed.Email,
            agreed.ShippingAddress, agreed.Lines, agreed.ItemsTotal, agreed.ShippingOption, agreed.Shipping, agreed.Tax,
            agreed.TaxRate, agreed.Total, new Money(order.Refunded, agreed.Total.Currency),
            new PaymentView(order.Payment.State, order.Attempt, order.Payment.Reason, order.Payment.NextActionUrl), order.Shipment,
            [.. moves.Select(move => new HistoryView(move.Seq, move.State, move.At))],
            MayCancel(state), MayPayAgain(order, state), order.PlacedAt, moves[^1].At,
            [.. refunds.Select(refund => RefundView.Of(refund.Refund, refund.Run.State))])
        {
            Customer = order.Customer,
        };
    }

    /// <summary>Whether a user sees it: the owner, whoever has the id of a guest's, and those who help customers.</summary>
    public bool IsShownTo(StoreUser? user) => Order.IsFor(Customer, user) || user is { IsSupport: true };

    /// <summary>Grows with each change of the order or of its sagas.</summary>
    static long VersionOf(Order order, long seq, long refunds) => order.Version + seq + refunds;

    public static bool MayCancel(string state) => state is
        "Placed" or "Reserved" or "Authorizing" or "PaymentUnknown" or "AwaitingCustomer" or "Declined" or "Authorized" or "Pinned";

    public static bool MayPayAgain(Order order, string state) => state == "Declined" && order.Attempt < Order.AttemptsMax;

    /// <summary>Whether a shopper who waits for an answer has it.</summary>
    public static bool IsSettled(string state) => state is
        "Confirmed" or "Captured" or "StockCommitted" or "ShipmentRequested" or "Completed" or "Rejected" or "Cancelled" or "NeedsAttention";

    /// <summary>Whether nothing more happens before somebody does something.</summary>
    public static bool IsWaiting(string state) => state is "AwaitingCustomer" or "Declined";

    public static string OutcomeOf(Order order, string state) => state switch
    {
        _ when order.Ending == "reversed" => "refunded",
        "Rejected" => "rejected",
        "Cancelled" => "cancelled",
        "NeedsAttention" => "needs_attention",
        _ when order.Refunded == order.Total && order.Total > 0 => "refunded",
        _ when order.Refunded > 0 => "partially_refunded",
        _ => IsSettled(state) ? "confirmed" : "pending",
    };
}

/// <summary>How the payment stands.</summary>
sealed record PaymentView(string State, int Attempt, string? Reason, string? NextActionUrl);

/// <summary>A step on the order's way.</summary>
sealed record HistoryView(long Seq, string State, DateTimeOffset At);
