namespace Souk.Shipping;

/// <summary>
/// A carrier for a store without one: it moves every parcel a step further in its own time, so that orders arrive on a
/// laptop as well. Several replicas may do so at once; a step is taken once.
/// </summary>
/// <param name="store">Where the parcels are.</param>
/// <param name="clock">The time.</param>
/// <param name="pace">Between two steps of a parcel. Setting: <c>Shipping:SandboxCarrierPace</c>, default a minute.</param>
sealed class SandboxCarrier(ShipmentStore store, TimeProvider clock, TimeSpan pace) : IPump
{
    const int BatchMax = 50;

    public string Name => "sandbox carrier";

    public TimeSpan Idle => TimeSpan.FromMilliseconds(500);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var due = await store.RestingAsync(now - pace, BatchMax, cancellation);
        foreach (var (orderId, parcel) in due)
        {
            var next = ShipmentState.After(parcel.State);
            // Moved or cancelled meanwhile: refused, and none of our business any more.
            await store.ChangeAsync(orderId, shipment => shipment.Report(parcel.No, next), note: null, now, cancellation);
        }
        return due.Count > 0;
    }
}
