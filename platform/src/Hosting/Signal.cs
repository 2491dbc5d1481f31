namespace Souk.Platform;

/// <summary>
/// Wakes whoever waits for something to happen, such as a feed's reader for the next event. Take the
/// <see cref="Next"/> task first, look for work second, wait third: nothing that happens between is missed.
/// </summary>
public sealed class Signal
{
    readonly TaskCreationOptions _options;
    TaskCompletionSource _next;

    /// <summary>A signal that nobody has set yet.</summary>
    /// <param name="clock">Of the service; an <see cref="IOneThread"/> wakes its readers on the thread that sets.</param>
    public Signal(TimeProvider clock)
    {
        // Readers resume on the pool: a commit must not pay for them.
        _options = clock is IOneThread ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;
        _next = Create();
    }

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes those who wait.</summary>
    public void Set() => Interlocked.Exchange(ref _next, Create()).TrySetResult();

    TaskCompletionSource Create() => new(_options);
}

/// <summary>
/// Marks the clock of a world that has one thread, as a simulation's: who waits goes on where it is woken, and nothing
/// is ever handed to the pool.
/// </summary>
public interface IOneThread;
