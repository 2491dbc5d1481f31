using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Shipping;

/// <summary>
/// Calls an order's shipment off, unless the carrier has any of it: then it is gone, and nothing changes. Repeated, the
/// answer is the same. Where none was asked for yet, none ever will be.
/// </summary>
static class CancelShipment
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/shipments/{orderId}/cancellation", HandleAsync)
        .WithName("CancelShipment")
        .AllowCallers("ordering");

    static async Task<Results<Ok<CancellationView>, Refusal>> HandleAsync(
        string orderId, CancellationRequest body, ShipmentStore store, TimeProvider clock, CancellationToken cancellation)
    {
        if (OrderId.Check(orderId) is { } wrong) return wrong;
        var state = (await store.CancelAsync(orderId, clock.GetUtcNow(), cancellation)).State;
        return TypedResults.Ok(new CancellationView(state == ShipmentState.Cancelled ? state : CancellationView.Gone));
    }
}

/// <summary>Nothing more than its name is said.</summary>
sealed record CancellationRequest;

/// <summary><c>cancelled</c>: nothing leaves the house; <c>gone</c>: the carrier has some or all of it.</summary>
sealed record CancellationView(string State)
{
    public const string Gone = "gone";
}
