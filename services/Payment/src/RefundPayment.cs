using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Payment;

/// <summary>Gives back a part of what was taken, once for each key; all keys together never more. Repeated it answers the same.</summary>
static class RefundPayment
{
    const int ReasonMax = 500;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/payments/{orderId}/refunds/{key}", HandleAsync)
        .WithName("RefundPayment")
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .AllowCallers("ordering");

    static async Task<Results<Ok<PaymentAnswer>, Refusal>> HandleAsync(
        string orderId, string key, RefundRequest body, HttpContext context, PaymentStore store, Till till, TimeProvider clock)
    {
        if (!Names.IsValid(orderId) || !Names.IsValid(key)) return PaymentRefusals.NameInvalid;
        if (!Money.IsValid(body.Amount)) return PaymentRefusals.AmountInvalid;
        if (body.Reason is { Length: > ReasonMax }) return PaymentRefusals.ReasonInvalid;
        var (payment, refusal) = await store.ChangeAsync(orderId,
            known => known?.Refund(key, body.Amount!, clock.GetUtcNow(), till.Patience) ?? PaymentRefusals.PaymentUnknown);
        if (refusal is not null) return refusal;

        payment = await till.ResolveAsync(payment!, Keys.Refund(orderId, key), () => context.RequestAborted.IsCancellationRequested);
        var refund = payment.Find(Keys.Refund(orderId, key))!;
        return refund.State switch
        {
            OperationState.Done => TypedResults.Ok(new PaymentAnswer("refunded")),
            OperationState.Refused => PaymentRefusals.RefundRefused(refund.Reason),
            _ => TypedResults.Ok(new PaymentAnswer(PaymentState.Unknown, refund.Reason)),
        };
    }
}

/// <summary>How much is given back, and why.</summary>
sealed record RefundRequest(Money? Amount, string? Reason);
