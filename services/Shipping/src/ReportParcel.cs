using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Shipping;

/// <summary>
/// Notes what happened to a parcel: a person at the packing table says so, or a carrier's adapter. Repeated under its
/// Idempotency-Key it is noted once and answered the same; a parcel never goes back.
/// </summary>
static class ReportParcel
{
    const int NoteMax = 500;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/internal/shipments/{orderId}/parcels/{no}/events", HandleAsync)
        .WithName("ReportParcel")
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .Idempotent()
        .AllowCallers("souk", "console");

    static async Task<Results<Ok<ShipmentView>, Refusal>> HandleAsync(
        string orderId, int no, ParcelReport body, HttpContext context, ShipmentStore store, TimeProvider clock,
        CancellationToken cancellation)
    {
        if (OrderId.Check(orderId) is { } wrong) return wrong;
        if (!ShipmentState.IsReport(body.State)) return ShippingRefusals.StateInvalid;
        if (body.Note is { } note && !Text.IsShort(note, NoteMax)) return ShippingRefusals.NoteInvalid;

        var once = Once.Of(context);
        var (shipment, refusal) = once.Location is not null
            ? await store.FindAsync(orderId, cancellation) ?? (Decision)ShippingRefusals.ShipmentUnknown
            : await store.ChangeAsync(
                orderId, shipment => shipment.Report(no, body.State!), body.Note, clock.GetUtcNow(), cancellation, once);
        return refusal is not null ? refusal : TypedResults.Ok(ShipmentView.Of(shipment!));
    }
}

/// <summary>What happened, and where or how, for whoever tracks the parcel.</summary>
sealed record ParcelReport(string? State, string? Note);
