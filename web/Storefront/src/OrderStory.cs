namespace Souk.Storefront;

/// <summary>How far an order is, at one of its stages.</summary>
public enum Reached
{
    Ahead,
    Now,
    Done,
    Stopped,
}

/// <summary>A stage on an order's way, with the time it was reached where that is known.</summary>
public sealed record Stage(string Name, Reached Reached, DateTimeOffset? At);

/// <summary>An order in its shopper's words. It says nothing that is not known, and nothing is called confirmed before it is.</summary>
public sealed class OrderStory(Order order)
{
    const string OutOfStock = "out_of_stock";

    /// <summary>The SKUs that an order failed for; empty where it did not.</summary>
    public static IReadOnlyList<string> MissingOf(Order order) => order.Outcome == "rejected" && order.Reason is { } reason && reason.StartsWith(OutOfStock, StringComparison.Ordinal)
        ? [.. order.Lines.Select(line => line.Sku).Where(sku => reason[OutOfStock.Length..].Split([':', ',', ' '], StringSplitOptions.RemoveEmptyEntries).Contains(sku))]
        : [];

    /// <summary>How an order stands, in a word or two.</summary>
    public static string InShort(PastOrder order) => (order.Outcome, order.State) switch
    {
        ("rejected", _) => "Not completed",
        ("cancelled", _) => "Cancelled",
        ("refunded", _) => "Refunded",
        ("partially_refunded", _) => "Partly refunded",
        ("confirmed", _) => "Confirmed",
        (_, "Declined") => "Waits for another card",
        (_, "AwaitingCustomer") => "Waits for your bank",
        ("needs_attention", _) => "We are looking at it",
        _ => "Being checked",
    };

    public bool IsEnded => order.Outcome is "rejected" or "cancelled" or "refunded";

    public bool IsGood => order.Outcome is "confirmed" or "refunded" or "partially_refunded";

    public bool IsDelivered => order.Shipment?.State == "delivered";

    /// <summary>After how many seconds it is worth looking again, for who has no script; null: never.</summary>
    public int? LookAgain => (order.Outcome, order.State) switch
    {
        _ when IsEnded || IsDelivered => null,
        (_, "Declined" or "AwaitingCustomer") => 20,
        (_, "Completed" or "NeedsAttention" or "PaymentUnknown") => 30,
        _ => 3,
    };

    public string Title => (order.Outcome, order.State) switch
    {
        ("rejected", _) => "We could not complete this order",
        ("cancelled", _) => "This order is cancelled",
        ("refunded", _) => "This order was refunded",
        ("needs_attention", _) => "We are looking at this order ourselves",
        (_, "Declined") => "Your card was declined",
        (_, "AwaitingCustomer") => "Your bank wants to hear from you",
        (_, "PaymentUnknown") => "We are still hearing from the payment provider",
        (_, "Cancelling") => "We are taking this order back",
        ("pending", _) => "One moment, we are checking your order",
        _ when IsDelivered => "Your order has arrived",
        _ when order.Shipment?.State is "handed_over" or "in_transit" => "Your order is on its way",
        _ => "Thank you. Your order is confirmed",
    };

    public string Words => (order.Outcome, order.State) switch
    {
        ("rejected", _) when order.Reason?.StartsWith(OutOfStock, StringComparison.Ordinal) == true =>
            "Somebody was quicker, and there is not enough left. Nothing was charged, and your cart is as it was.",
        ("rejected", _) when order.Reason?.StartsWith("payment", StringComparison.Ordinal) == true => "It could not be paid. Nothing was charged, and your cart is as it was.",
        ("rejected", _) when order.Reason == "customer_absent" => "Your bank’s question was not answered in time. Nothing was charged, and your cart is as it was.",
        ("rejected", _) => "Nothing was charged, and your cart is as it was.",
        ("cancelled", _) => "Nothing was charged. What was put aside for you is back on the shelves.",
        ("refunded", _) => "The money is on its way back to your card; banks take a few days to show it.",
        ("needs_attention", _) => $"Something took longer than it should, and a person of ours has been called. You will not be charged twice. We write to you at {order.Email}.",
        (_, "Declined") when order.CanPayAgain => $"{DeclineOf(order.Payment.Reason)} Nothing was charged. Your things are put aside for a little while: you can pay with another card.",
        (_, "Declined") => $"{DeclineOf(order.Payment.Reason)} Nothing was charged.",
        (_, "AwaitingCustomer") => "It asks you to confirm this payment. Your things are put aside for you meanwhile; nothing has been charged yet.",
        (_, "PaymentUnknown") => $"Its answer is late. Your things are put aside for you, and you will not be charged twice. You need not stay: we write to you at {order.Email} as soon as we know.",
        (_, "Cancelling") => "The payment is undone first, then your things go back on the shelves. If a payment has gone through after all, you get it back.",
        ("pending", _) => $"This takes a few seconds. You need not stay: we write to you at {order.Email}.",
        ("partially_refunded", _) => "Part of it was refunded; banks take a few days to show it.",
        _ when IsDelivered => "Enjoy it. Thank you for buying from small workshops.",
        _ when order.Shipment?.State is "handed_over" or "in_transit" => "The carrier has your parcel; its tracking number is below.",
        _ => $"We have written to you at {order.Email}, and write again when the parcel leaves.",
    };

    public string Payment => (order.Payment.State, order.Outcome) switch
    {
        ("captured", _) when order.Refunded is { Amount: > 0 } back => back.Amount == order.Total.Amount ? $"{back} refunded" : $"Paid; {back} of it refunded",
        ("captured", _) => "Paid",
        ("authorized", "confirmed") => "Approved; the card is charged in a moment",
        ("authorized", _) => "Approved; not charged yet",
        ("declined", _) => "Declined; nothing was charged",
        ("unknown", _) => "We are still hearing from the payment provider; you will not be charged twice",
        ("requires_customer", _) => "Your bank asks you to confirm it",
        ("voided", _) => "Nothing was charged",
        (_, "rejected" or "cancelled") => "Nothing was charged",
        _ => "The payment provider is being asked",
    };

    public IReadOnlyList<Stage> Stages
    {
        get
        {
            var shipment = order.Shipment?.State;
            (string Name, DateTimeOffset? At, bool Done)[] all =
            [
                ("Placed", order.PlacedAt, true),
                (Has("Authorized") ? "Payment approved" : "Payment", WhenOf("Authorized"), Has("Authorized")),
                ("Confirmed", WhenOf("Confirmed"), Has("Confirmed")),
                ("On its way", null, shipment is "handed_over" or "in_transit" or "delivered"),
                ("Delivered", null, shipment is "delivered"),
            ];
            if (order.Outcome is "rejected" or "cancelled")
            {
                var ended = order.Outcome == "rejected" ? "Not completed" : "Cancelled";
                return [.. all.Where(stage => stage.Done).Select(stage => new Stage(stage.Name, Reached.Done, stage.At)),
                    new Stage(ended, Reached.Stopped, order.History.Count > 0 ? order.History[^1].At : null)];
            }
            var next = Array.FindIndex(all, stage => !stage.Done);
            return [.. all.Select((stage, i) => new Stage(stage.Name, stage.Done ? Reached.Done : i == next ? Reached.Now : Reached.Ahead, stage.At))];
        }
    }

    /// <summary>Every step, newest first.</summary>
    public IEnumerable<(string Words, DateTimeOffset At)> History =>
        order.History.OrderByDescending(move => move.Seq).Select(move => (WordsOf(move.State), move.At));

    public static string WordsOf(Parcel parcel) => parcel.State switch
    {
        "handed_over" => "The carrier has it",
        "in_transit" => "On its way",
        "delivered" => "Delivered",
        "cancelled" => "Stopped",
        _ => "Being packed",
    };

    static string WordsOf(string state) => state switch
    {
        "Placed" => "Your order reached us",
        "Reserved" => "Everything in it was put aside for you",
        "Authorizing" => "The payment provider was asked",
        "Authorized" => "The payment was approved",
        "PaymentUnknown" => "The payment provider did not answer in time; we go on asking",
        "Declined" => "The card was declined",
        "AwaitingCustomer" => "Your bank asked you to confirm the payment",
        "Pinned" => "Your things are kept for you without a time limit",
        "Confirmed" => "The order was confirmed",
        "Captured" => "The card was charged",
        "StockCommitted" => "Your things were taken off the shelves",
        "ShipmentRequested" => "The parcel was ordered",
        "Completed" => "Everything is settled; the parcel is being packed",
        "Cancelling" => "The order is being taken back",
        "Cancelled" => "The order was cancelled",
        "Rejected" => "The order could not be completed",
        "NeedsAttention" => "A person of ours was called",
        _ => "Another step was taken",
    };

    static string DeclineOf(string? reason) => reason switch
    {
        "insufficient_funds" => "There is not enough money on this card.",
        "expired_card" => "This card has expired.",
        "incorrect_cvc" => "The security code was not right.",
        _ => "The bank did not say why.",
    };

    bool Has(string state) => order.History.Any(move => move.State == state);

    DateTimeOffset? WhenOf(string state) => order.History.FirstOrDefault(move => move.State == state)?.At;
}
