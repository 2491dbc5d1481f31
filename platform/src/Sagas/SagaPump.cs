using Microsoft.Extensions.Logging;
using Souk.Platform.Hosting;

namespace Souk.Platform.Sagas;

/// <summary>
/// Runs the sagas whose time has come: those whose step failed, that waited, or whose instance ended. A slow one
/// keeps nobody waiting: many run at once.
/// </summary>
sealed class SagaPump<T>(Saga<T> saga, ILogger<SagaPump<T>> logger) : IPump where T : class
{
    const int RunningMax = 64;

    int _running;

    public string Name => "saga " + saga.Plan.Name;

    public TimeSpan Idle => TimeSpan.FromMilliseconds(100);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var room = RunningMax - Volatile.Read(ref _running);
        if (room <= 0) return false;
        var due = await saga.LeaseDueAsync(room, cancellation);
        foreach (var state in due) _ = RunAsync(state, cancellation);
        return due.Count > 0;
    }

    async Task RunAsync(SagaState state, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await saga.RunAsync(state, default, moved: null, cancellation);
        }
        catch (Exception error)
        {
            // Its lease runs out, and it is tried again.
            logger.LogError(error, "The saga {Saga} {Id} was broken off in {State}.", saga.Plan.Name, state.Id, state.State);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
