using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Payment;

/// <summary>
/// Holds an order's sum on a card. The number names the question: repeated it is the same question, and what is unknown is
/// asked of the provider again under the same key. No answer is never a decline.
/// </summary>
static class AuthorizePayment
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/payments/{orderId}/authorizations/{number:int}", HandleAsync)
        .WithName("AuthorizePayment")
        .ProducesProblem(409)
        .ProducesProblem(422)
        .AllowCallers("ordering");

    static async Task<Results<Ok<PaymentAnswer>, Refusal>> HandleAsync(string orderId, int number, AuthorizeRequest body,
        HttpContext context, PaymentStore store, Till till, PaymentOptions options, TimeProvider clock)
    {
        if (!Names.IsValid(orderId)) return PaymentRefusals.NameInvalid;
        if (!Money.IsValid(body.Amount)) return PaymentRefusals.AmountInvalid;
        if (!options.IsOfStore(body.ReturnUrl)) return PaymentRefusals.ReturnUrlInvalid;
        // What is no token is kept nowhere and sent nowhere: it could be a card's number.
        var isToken = CardToken.IsValid(body.PaymentMethod);
        var card = new Attempt(isToken ? body.PaymentMethod! : "", body.ReturnUrl!);

        var (payment, refusal) = await store.ChangeAsync(orderId,
            known => Payment.Authorize(known, orderId, number, body.Amount!, clock.GetUtcNow(), till.Patience), (number, card));
        if (refusal is not null) return refusal;

        bool HasGone() => context.RequestAborted.IsCancellationRequested;
        var key = Keys.Authorize(orderId, number);
        if (payment!.Find(key) is { IsOpen: true })
        {
            payment = isToken ? await till.ResolveAsync(payment, card, HasGone)
                : await store.SettleAsync(orderId, key, Answer.Refused("payment_method_invalid"), HasGone);
        }
        return payment switch
        {
            { IsWanted: false } => PaymentRefusals.Voided,
            _ when number < payment.Attempt => TypedResults.Ok(new PaymentAnswer(PaymentState.Declined, payment.Find(key)?.Reason)),
            { State: PaymentState.Captured } => TypedResults.Ok(new PaymentAnswer(PaymentState.Authorized)),
            _ => TypedResults.Ok(PaymentAnswer.Of(payment)),
        };
    }
}

/// <summary>What is to be paid, with what, and where the customer comes back to.</summary>
sealed record AuthorizeRequest(Money? Amount, string? PaymentMethod, string? ReturnUrl);

/// <summary>How a payment stands towards its order.</summary>
/// <param name="State"><c>authorized</c>, <c>declined</c>, <c>requires_customer</c>, <c>unknown</c>, <c>voided</c>, <c>captured</c>.</param>
/// <param name="Reason">Why not, in the provider's word.</param>
/// <param name="NextActionUrl">Where the customer answers the bank.</param>
sealed record PaymentAnswer(string State, string? Reason = null, string? NextActionUrl = null)
{
    public static PaymentAnswer Of(Payment payment) => new(payment.Standing, payment.Reason, payment.NextActionUrl);
}

/// <summary>What stands for a card.</summary>
static class CardToken
{
    const int LengthMax = 255;
    const int DigitsMax = 11;

    /// <summary>A token of the provider, and surely no card number: those have twelve digits and more in a row, dashed or not.</summary>
    public static bool IsValid(string? token)
    {
        if (token is not { Length: > 0 and <= LengthMax }) return false;
        var digits = 0;
        foreach (var c in token)
        {
            if (c == '-') continue;
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
            digits = char.IsAsciiDigit(c) ? digits + 1 : 0;
            if (digits > DigitsMax) return false;
        }
        return true;
    }
}

/// <summary>Names that others give: of orders, of refunds.</summary>
static class Names
{
    const int LengthMax = 100;

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= LengthMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
