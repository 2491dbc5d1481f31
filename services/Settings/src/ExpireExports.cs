namespace Souk.Settings;

/// <summary>
/// Removes exports seven days after they were done, a few at a time. An expired one is unknown from its last moment on,
/// removed or not.
/// </summary>
sealed class ExpireExports(Database database, TimeProvider clock) : IPump
{
    const int BatchMax = 20;

    public string Name => "expiry of exports";

    public TimeSpan Idle => TimeSpan.FromMinutes(1);

    public Task<bool> StepAsync(CancellationToken cancellation) => database.WriteAsync(
        async tx => await ExportStore.RemoveExpiredAsync(tx, clock.GetUtcNow(), BatchMax) > 0, cancellation);
}
