using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Shipping;

/// <summary>All that is known of an order's shipment, for whoever packs it.</summary>
static class ReadShipment
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/shipments/{orderId}", HandleAsync)
        .WithName("ReadShipment")
        .ProducesProblem(404)
        .AllowCallers("souk", "console");

    static async Task<Results<Ok<ShipmentDetail>, Refusal>> HandleAsync(string orderId, ShipmentStore store, CancellationToken cancellation)
    {
        if (OrderId.Check(orderId) is { } wrong) return wrong;
        return await store.DetailAsync(orderId, cancellation) is { } detail ? TypedResults.Ok(detail) : ShippingRefusals.ShipmentUnknown;
    }
}

/// <summary>A shipment with its contents; these are null where it was cancelled before it was asked for.</summary>
sealed record ShipmentDetail(
    string OrderId, string State, long Version, string? Option, long? Grams, Address? Address,
    IReadOnlyList<Piece> Lines, IReadOnlyList<Parcel> Parcels);
