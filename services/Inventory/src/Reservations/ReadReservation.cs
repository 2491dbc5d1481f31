using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory.Reservations;

/// <summary>What an order has reserved, and what came back of it.</summary>
static class ReadReservation
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/reservations/{orderId}", HandleAsync)
        .WithName("ReadReservation")
        .ProducesProblem(404)
        .AllowCallers("souk", "console", "ordering");

    static async Task<Results<Ok<ReservationView>, Refusal>> HandleAsync(
        string orderId, ReservationStore store, CancellationToken cancellation) =>
        Sku.FromRoute(orderId) is var name && Sku.IsValid(name) && await store.FindAsync(name, cancellation) is { } reservation
            ? TypedResults.Ok(ReservationView.Of(reservation))
            : ReservationRefusals.Unknown;
}

/// <summary>A reservation whole.</summary>
sealed record ReservationView(
    string OrderId, ReservationState State, DateTimeOffset? ExpiresAt, IReadOnlyList<ReservedLine> Lines, long Version,
    DateTimeOffset ChangedAt)
{
    public static ReservationView Of(Reservation reservation) => new(
        reservation.OrderId, reservation.State, reservation.ExpiresAt, reservation.Lines, reservation.Version, reservation.ChangedAt);
}
