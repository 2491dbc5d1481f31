using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Shipping;

/// <summary>Where a parcel is and was. Whoever has its number may look; whose it is and where it goes is not said.</summary>
static class TrackParcel
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/shipping/parcels/{tracking}", HandleAsync)
        .WithName("TrackParcel")
        .ProducesProblem(404)
        .AllowPublic();

    static async Task<Results<Ok<ParcelView>, Refusal>> HandleAsync(
        string tracking, HttpResponse response, ShipmentStore store, CancellationToken cancellation)
    {
        // The number is the key to the parcel, and it moves.
        response.Headers.CacheControl = "no-store";
        if (!Text.IsLine(tracking)) return ShippingRefusals.ParcelUnknown;
        return await store.TrackAsync(tracking, cancellation) is { Count: > 0 } events
            ? TypedResults.Ok(new ParcelView(tracking, events[^1].State, events))
            : ShippingRefusals.ParcelUnknown;
    }
}

/// <summary>A parcel's story, the oldest first.</summary>
sealed record ParcelView(string Tracking, string State, IReadOnlyList<ParcelEvent> Events);

/// <summary>One thing that happened to a parcel.</summary>
sealed record ParcelEvent(string State, string? Note, DateTimeOffset At);
