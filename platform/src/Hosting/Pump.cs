using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Platform.Calls;

namespace Souk.Platform.Hosting;

/// <summary>A background loop, one turn at a time. A hosted service turns it in production, the world in simulation.</summary>
public interface IPump
{
    /// <summary>Shown in logs: what is being pumped.</summary>
    string Name { get; }

    /// <summary>How long to rest after a turn without work.</summary>
    TimeSpan Idle { get; }

    /// <summary>How long to rest after a turn with work, so that the next finds more of it together. Default: not at all.</summary>
    TimeSpan Rest => TimeSpan.Zero;

    /// <summary>Does one unit of work.</summary>
    /// <returns>True if there was any; the next turn then follows after <see cref="Rest"/>.</returns>
    Task<bool> StepAsync(CancellationToken cancellation);
}

/// <summary>Turns one pump until the service stops; after a failure it waits longer each time, up to 10 s.</summary>
sealed class PumpService(IPump pump, TimeProvider clock, ILogger<PumpService> logger) : BackgroundService
{
    static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = TimeSpan.FromMilliseconds(100);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var worked = await pump.StepAsync(stoppingToken);
                backoff = TimeSpan.FromMilliseconds(100);
                var pause = worked ? pump.Rest : pump.Idle;
                if (pause > TimeSpan.Zero) await clock.DelayAsync(pause, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // A pump never ends by itself: what it waits for may come back.
                logger.LogWarning(CallFault.Is(error) ? null : error, "{Pump} failed, again in {Backoff} ms: {Error}", pump.Name,
                    (int)backoff.TotalMilliseconds, error.Message);
                try
                {
                    await clock.DelayAsync(backoff, stoppingToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                backoff = backoff * 2 < BackoffMax ? backoff * 2 : BackoffMax;
            }
        }
    }
}
