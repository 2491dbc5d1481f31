using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Payment;

/// <summary>Everything known of an order's payment: cards tried, what was asked of the provider, what was booked.</summary>
static class ReadPayment
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/payments/{orderId}", HandleAsync)
        .WithName("ReadPayment")
        .ProducesProblem(404)
        .AllowCallers("souk", "console", "ordering");

    static async Task<Results<Ok<PaymentView>, Refusal>> HandleAsync(string orderId, PaymentStore store, CancellationToken cancellation)
    {
        if (!Names.IsValid(orderId) || await store.FindAsync(orderId, cancellation) is not { } payment) return PaymentRefusals.PaymentUnknown;
        return TypedResults.Ok(new PaymentView(payment.OrderId, payment.State, payment.Amount, payment.Attempt, payment.ProviderId,
            payment.Captured, payment.Refunded, payment.IsWanted, payment.Reason, payment.NextActionUrl, payment.Version,
            await store.AttemptsAsync(orderId, cancellation),
            [.. payment.Operations.Select(asked => new OperationView(
                asked.Key, asked.Kind, asked.Amount.Amount, asked.State, asked.ProviderId, asked.Reason, asked.AskedAt, asked.SettledAt))],
            await store.LedgerAsync(orderId, cancellation)));
    }
}

/// <summary>A payment, whole.</summary>
sealed record PaymentView(
    string OrderId, string State, Money Amount, int Attempt, string? ProviderId, long Captured, long Refunded, bool IsWanted,
    string? Reason, string? NextActionUrl, long Version, IReadOnlyList<AttemptView> Attempts,
    IReadOnlyList<OperationView> Operations, IReadOnlyList<EntryView> Ledger);

/// <summary>A card that was tried; not which.</summary>
sealed record AttemptView(int Attempt, string Key, string State, string? Reason);

/// <summary>What was asked of the provider.</summary>
sealed record OperationView(
    string Key, string Kind, long Amount, string State, string? ProviderId, string? Reason, DateTimeOffset AskedAt, DateTimeOffset? SettledAt);

/// <summary>A line of the ledger.</summary>
sealed record EntryView(string TransactionKey, string Account, long Amount, DateTimeOffset BookedAt);
