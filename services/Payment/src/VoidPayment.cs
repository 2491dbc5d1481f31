using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Payment;

/// <summary>
/// Lets go what is held, and of what is unknown makes sure that it will be: first it is asked what became of it. Where
/// nothing was, nothing will be any more. Repeated it answers the same.
/// </summary>
static class VoidPayment
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/payments/{orderId}/void", HandleAsync)
        .WithName("VoidPayment")
        .ProducesProblem(409)
        .AllowCallers("ordering");

    static async Task<Results<Ok<PaymentAnswer>, Refusal>> HandleAsync(
        string orderId, VoidRequest body, HttpContext context, PaymentStore store, Till till, TimeProvider clock)
    {
        if (!Names.IsValid(orderId)) return PaymentRefusals.NameInvalid;
        Payment? payment;
        do
        {
            (payment, var refusal) = await store.ChangeAsync(orderId, known => Payment.Void(known, orderId, clock.GetUtcNow()));
            if (refusal is not null) return refusal;
            payment = await till.ResolveAsync(payment!, card: null, () => context.RequestAborted.IsCancellationRequested);
        }
        // A capture was under way, and is settled now: decide again.
        while (payment.IsWanted && !payment.Open.Any());
        return TypedResults.Ok(new PaymentAnswer(payment.State == PaymentState.Voided ? PaymentState.Voided : PaymentState.Unknown));
    }
}

/// <summary>Says nothing: the order's name says all.</summary>
sealed record VoidRequest;
