using System.Runtime;
using Microsoft.Extensions.Hosting;

namespace Souk.Platform.Hosting;

/// <summary>
/// Gives back, once, the memory that starting took. A start leaves megabytes of garbage behind, and a quiet service
/// would allocate too little for a long time to have them collected.
/// </summary>
sealed class Tidy(TimeProvider clock) : IHostedService, IDisposable
{
    // After the first requests, which build what is built once.
    static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(3);

    ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = clock.CreateTimer(_ =>
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }, null, AfterStart, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _timer?.Dispose();
}
