namespace Souk.Inventory.Reservations;

/// <summary>Gives back what was held too long. Of two replicas that find the same one, one does it.</summary>
sealed class ExpireReservations(ReservationStore store, TimeProvider clock) : IPump
{
    const int BatchMax = 50;

    public string Name => "expiry of reservations";

    public TimeSpan Idle => TimeSpan.FromSeconds(5);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var due = await store.DueAsync(now, BatchMax, cancellation);
        foreach (var orderId in due)
        {
            await store.MoveAsync(orderId, present => present!.Expire(now), change: null, cancellation);
        }
        return due.Count > 0;
    }
}
