namespace Souk.Ordering.Tests.EveryOrder;

/// <summary>
/// Cart, Inventory, Payment and Shipping as one small value, each by its contract with Ordering. What they alone can know
/// (whether a card is good, whether the customer came, whether a hold ran out) is decided when they are asked: by the
/// <c>choose</c> that each answer is given, which tries every way it can be.
/// </summary>
/// <param name="Reservation"><c>none</c>, <c>held</c>, <c>pinned</c> with the reservation, <c>kept</c> by a later pin, <c>expired</c>, <c>released</c>, <c>committed</c>.</param>
/// <param name="Payment"><c>none</c>, <c>unknown</c>, <c>requires_customer</c>, <c>declined</c>, <c>authorized</c>, <c>captured</c>, <c>voided</c>.</param>
/// <param name="Attempt">The card that Payment tries, from 1; 0: none ever was.</param>
/// <param name="IsWanted">False once it was to be voided.</param>
/// <param name="Capture">What became of it: <c>none</c>, <c>open</c>, <c>refused</c>, <c>done</c>.</param>
/// <param name="Captures">How often money was taken.</param>
/// <param name="Shipment"><c>none</c>, <c>requested</c>, <c>cancelled</c>.</param>
/// <param name="IsEmptied">Whether Cart has removed what was bought.</param>
sealed record Neighbours(
    string Reservation, string Payment, int Attempt, bool IsWanted, string Capture, int Captures, string Shipment, bool IsEmptied)
{
    public static readonly Neighbours New = new("none", "none", 0, true, "none", 0, "none", false);

    /// <summary>What a call does and what is answered.</summary>
    /// <param name="call">Service and what is wanted: <c>payment authorize 1</c>, <c>inventory pinned</c>.</param>
    /// <param name="choose">Which of the ways it can be.</param>
    public Reply Answer(string call, Func<string[], string> choose) => call.Split(' ') switch
    {
        ["inventory", "reserve"] => Observed(choose).Reserve(choose),
        ["inventory", var state] => (state == "released" ? this : Observed(choose)).Move(state),
        ["payment", "authorize", var attempt] => Authorize(attempt[0] - '0', choose),
        ["payment", "capture"] => TryCapture(choose),
        ["payment", "void"] => Void(choose),
        ["shipping", "ship"] => Shipment == "cancelled" ? No("shipping.shipment.cancelled")
            : new Reply(this with { Shipment = "requested" }, 200, """{"state":"requested","parcels":[]}"""),
        ["shipping", "cancel"] => (this with { Shipment = "cancelled" }).Says("cancelled"),
        ["cart", "empty"] => (this with { IsEmptied = true }).Says("done"),
        _ => throw new InvalidOperationException($"Nobody answers '{call}'."),
    };

    Neighbours Observed(Func<string[], string> choose) =>
        Reservation == "held" && choose(["in time", "ran out"]) == "ran out" ? this with { Reservation = "expired" } : this;

    Reply Reserve(Func<string[], string> choose) => Reservation switch
    {
        "released" => No("inventory.reservation.released"),
        "none" or "expired" => choose(["in stock", "out of stock"]) == "in stock"
            ? (this with { Reservation = Reservation == "none" ? "pinned" : "kept" }).Says("pinned")
            : new Reply(this, 409, """{"code":"inventory.reservation.out_of_stock","skus":["MUG"]}"""),
        _ => Says(Reservation),
    };

    Reply Move(string state) => (Reservation, state) switch
    {
        ("held" or "pinned" or "kept", "pinned") => (this with { Reservation = "kept" }).Says(state),
        var (now, wanted) when now == wanted => Says(state),
        ("expired", not "released") => No("inventory.reservation.expired"),
        ("none" or "held" or "pinned" or "kept" or "expired", "released") or ("held" or "pinned" or "kept", "committed")
            or ("pinned", "held") => (this with { Reservation = state }).Says(state),
        _ => No("inventory.reservation.state_invalid"),
    };

    Reply Authorize(int attempt, Func<string[], string> choose)
    {
        if (!IsWanted) return No("payment.voided");
        if (attempt < Attempt) return Says("declined");
        if (attempt > Attempt)
        {
            if (attempt > 3 || attempt != Attempt + 1 || Payment is not ("none" or "declined")) return No("payment.attempt_invalid");
            return (this with { Attempt = attempt, Payment = choose(["authorized", "declined", "requires_customer", "unknown"]) }).Told();
        }
        var now = Payment switch
        {
            "unknown" => choose(["authorized", "declined", "requires_customer", "unknown"]),
            "requires_customer" => choose(["authorized", "declined", "nobody came"]),
            _ => Payment,
        };
        return (now == "nobody came" ? this : this with { Payment = now }).Told();
    }

    Reply Told() => Payment switch
    {
        "declined" => new Reply(this, 200, """{"state":"declined","reason":"card_declined"}"""),
        "requires_customer" => new Reply(this, 200, """{"state":"requires_customer","nextActionUrl":"/3ds"}"""),
        "captured" => Says("authorized"),
        _ => Says(Payment),
    };

    Reply TryCapture(Func<string[], string> choose)
    {
        if (Payment == "none") return new Reply(this, 404, "{}");
        if (Capture == "done") return Says("captured");
        if (Capture == "refused" || Capture == "none" && (!IsWanted || Payment != "authorized")) return No("payment.capture_refused");
        return choose(["captured", "refused", "unknown"]) switch
        {
            "captured" => (this with { Capture = "done", Payment = "captured", Captures = Captures + 1 }).Says("captured"),
            "refused" => (this with { Capture = "refused" }).No("payment.capture_refused"),
            _ => (this with { Capture = "open" }).Says("unknown"),
        };
    }

    Reply Void(Func<string[], string> choose)
    {
        if (Payment == "captured") return No("payment.captured");
        if (Payment is "voided") return Says("voided");
        // What became of a capture comes first.
        if (Capture == "open" && TryCapture(choose) is { After: { Capture: not "refused" } after }) return after.Says("unknown");
        var unwanted = this with { IsWanted = false };
        return Payment is "none" or "declined" || choose(["voided", "unknown"]) == "voided"
            ? (unwanted with { Payment = "voided" }).Says("voided") : unwanted.Says("unknown");
    }

    Reply Says(string state) => new(this, 200, $$"""{"state":"{{state}}"}""");

    Reply No(string code) => new(this, 409, $$"""{"code":"{{code}}"}""");
}

/// <summary>The neighbours after a call, and what is answered.</summary>
sealed record Reply(Neighbours After, int Status, string Json);
