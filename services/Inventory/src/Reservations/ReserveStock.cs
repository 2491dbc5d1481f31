using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory.Reservations;

/// <summary>
/// Promises an order all of its lines or none. Repeated, it answers the same while the order has them, and reserves anew
/// when they ran out; refused, it keeps nothing.
/// </summary>
static class ReserveStock
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/reservations/{orderId}", HandleAsync)
        .WithName("ReserveStock")
        .ProducesProblem(409)
        .ProducesProblem(422)
        .AllowCallers("ordering");

    static async Task<Results<Ok<ReservationStateView>, Refusal>> HandleAsync(
        string orderId, ReservationRequest body, ReservationStore store, TimeProvider clock, CancellationToken cancellation)
    {
        orderId = Sku.FromRoute(orderId);
        if (!Sku.IsValid(orderId)) return ReservationRefusals.NameInvalid;
        if (!Pieces.AreLines(body.Lines)) return ReservationRefusals.LinesInvalid;
        if (!Hold.TryRead(body.HoldSeconds, out var hold)) return ReservationRefusals.HoldInvalid;

        var wanted = Reservation.New(orderId, body.Lines!, hold, clock.GetUtcNow());
        var (reservation, refusal) = await store.ReserveAsync(wanted, cancellation);
        return refusal is not null ? refusal : TypedResults.Ok(ReservationStateView.Of(reservation!));
    }
}

/// <summary>What an order needs, and how long it is kept for it; null: until it is released.</summary>
sealed record ReservationRequest(IReadOnlyList<Pieces>? Lines, long? HoldSeconds);

/// <summary>What a reservation is now.</summary>
sealed record ReservationStateView(string OrderId, ReservationState State)
{
    public static ReservationStateView Of(Reservation reservation) => new(reservation.OrderId, reservation.State);
}

/// <summary>How long pieces are kept for somebody.</summary>
static class Hold
{
    /// <summary>False when it is there and too short or too long.</summary>
    public static bool TryRead(long? seconds, out TimeSpan? hold)
    {
        hold = seconds is { } length and > 0 && length <= Reservation.HoldMax.TotalSeconds ? TimeSpan.FromSeconds(length) : null;
        return seconds is null || hold is not null;
    }
}
