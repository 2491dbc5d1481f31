using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Payment;

/// <summary>Takes what was authorised, once for an order. Repeated it answers the same, and asks again what is unknown.</summary>
static class CapturePayment
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/payments/{orderId}/capture", HandleAsync)
        .WithName("CapturePayment")
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .AllowCallers("ordering");

    static async Task<Results<Ok<PaymentAnswer>, Refusal>> HandleAsync(
        string orderId, CaptureRequest body, HttpContext context, PaymentStore store, Till till, TimeProvider clock)
    {
        if (!Names.IsValid(orderId)) return PaymentRefusals.NameInvalid;
        if (!Money.IsValid(body.Amount)) return PaymentRefusals.AmountInvalid;
        var (payment, refusal) = await store.ChangeAsync(orderId,
            known => known?.Capture(body.Amount!, clock.GetUtcNow(), till.Patience) ?? PaymentRefusals.PaymentUnknown);
        if (refusal is not null) return refusal;

        payment = await till.ResolveAsync(payment!, Keys.Capture(orderId), () => context.RequestAborted.IsCancellationRequested);
        var capture = payment.Find(Keys.Capture(orderId))!;
        return capture.State switch
        {
            OperationState.Done => TypedResults.Ok(new PaymentAnswer(PaymentState.Captured)),
            OperationState.Refused => PaymentRefusals.CaptureRefused(capture.Reason),
            _ => TypedResults.Ok(new PaymentAnswer(PaymentState.Unknown, capture.Reason)),
        };
    }
}

/// <summary>How much is taken.</summary>
sealed record CaptureRequest(Money? Amount);
