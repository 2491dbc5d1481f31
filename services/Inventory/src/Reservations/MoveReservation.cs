using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory.Reservations;

/// <summary>
/// Holds, pins, commits or releases what an order has reserved. Repeated, it changes nothing; an order that never
/// reserved can be released, and then never does.
/// </summary>
static class MoveReservation
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/reservations/{orderId}/state", HandleAsync)
        .WithName("MoveReservation")
        .ProducesProblem(409)
        .AllowCallers("ordering");

    static async Task<Results<Ok<ReservationStateView>, Refusal>> HandleAsync(
        string orderId, StateRequest body, HttpContext context, ReservationStore store, TimeProvider clock,
        CancellationToken cancellation)
    {
        orderId = Sku.FromRoute(orderId);
        if (!Sku.IsValid(orderId)) return ReservationRefusals.NameInvalid;
        if (body.State is not { } to || to == ReservationState.Expired || !Enum.IsDefined(to)) return ReservationRefusals.StateUnknown;
        if (!Hold.TryRead(body.HoldSeconds, out var hold)) return ReservationRefusals.HoldInvalid;
        if (to == ReservationState.Held && hold is null) return ReservationRefusals.HoldInvalid;

        var now = clock.GetUtcNow();
        var change = new Change("sale", "Order " + orderId, context.Caller()!, now);
        var (reservation, refusal) = await store.MoveAsync(
            orderId, present => Reservation.Move(present, orderId, to, hold, now), change, cancellation);
        return refusal is not null ? refusal : TypedResults.Ok(ReservationStateView.Of(reservation!));
    }
}

/// <summary>What it shall be, and how long it is kept if that is held.</summary>
sealed record StateRequest(ReservationState? State, long? HoldSeconds);
