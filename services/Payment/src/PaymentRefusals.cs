namespace Souk.Payment;

/// <summary>Every no that Payment says.</summary>
static class PaymentRefusals
{
    public static readonly Refusal NameInvalid = Refusal.BadRequest("payment.name_invalid",
        "Orders, refunds and references are named with 1 to 100 letters, digits, '-' and '_'.");

    public static readonly Refusal AmountInvalid = Refusal.BadRequest("payment.amount_invalid",
        $"An amount has minor units from 1 to {Money.AmountMax} and a currency of three letters.");

    public static readonly Refusal ReturnUrlInvalid = Refusal.BadRequest("payment.return_url_invalid",
        "A customer comes back to the store, and nowhere else.");

    public static readonly Refusal ReasonInvalid = Refusal.BadRequest("payment.reason_invalid", "A reason has at most 500 characters.");

    public static readonly Refusal PaymentUnknown = Refusal.NotFound("payment.payment_unknown", "Nothing was ever paid for that order.");

    public static readonly Refusal AttemptInvalid = Refusal.Conflict("payment.attempt_invalid",
        "Another card is tried only after the one before was declined, three at most.");

    public static readonly Refusal AuthorizationChanged = Refusal.Unprocessable("payment.authorization.changed",
        "This authorisation was asked for with another amount, card or return address.");

    public static readonly Refusal CaptureChanged = Refusal.Unprocessable("payment.capture.changed",
        "This capture was asked for with another amount.");

    public static readonly Refusal RefundChanged = Refusal.Unprocessable("payment.refund.changed",
        "This refund was asked for with another amount.");

    public static readonly Refusal Voided = Refusal.Conflict("payment.voided", "The payment was voided: nothing is wanted any more.");

    public static readonly Refusal Captured = Refusal.Conflict("payment.captured", "The money was taken: it can only be given back.");

    public static readonly Refusal WebhookInvalid = Refusal.BadRequest("payment.webhook_invalid",
        "This is not signed by the provider, or not from now.");

    public static Refusal CaptureRefused(string? why) => Refusal.Conflict("payment.capture_refused", $"Nothing can be taken: {why}.");

    public static Refusal RefundRefused(string? why) => Refusal.Conflict("payment.refund_refused", $"Nothing was given back: {why}.");

    public static Refusal RefundTooMuch(long left) => Refusal.Conflict("payment.refund_too_much",
        $"Only {left} are left of what was taken.");
}
