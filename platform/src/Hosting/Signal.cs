namespace Souk.Platform;

/// <summary>
/// Wakes whoever waits for something to happen, such as a feed's reader for the next event. Take the
/// <see cref="Next"/> task first, look for work second, wait third: nothing that happens between is missed.
/// </summary>
public sealed class Signal
{
    TaskCompletionSource _next = Create();

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes those who wait.</summary>
    public void Set() => Interlocked.Exchange(ref _next, Create()).TrySetResult();

    // Readers resume on the pool: a commit must not pay for them.
    static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
