using Souk.Platform.Hosting;

namespace Souk.Platform.Sagas;

/// <summary>
/// Runs the sagas whose time has come: those whose step failed, that waited, or whose instance ended. A slow one
/// keeps nobody waiting: many run at once.
/// </summary>
sealed class SagaPump<T>(Saga<T> saga) : IPump where T : class
{
    const int RunningMax = 64;

    public string Name => "saga " + saga.Plan.Name;

    public TimeSpan Idle => TimeSpan.FromMilliseconds(100);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var room = RunningMax - saga.Running;
        if (room <= 0) return false;
        var due = await saga.LeaseDueAsync(room, cancellation);
        foreach (var state in due) _ = saga.RunOnAsync(state);
        return due.Count > 0;
    }
}
