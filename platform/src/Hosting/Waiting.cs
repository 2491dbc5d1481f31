namespace Souk.Platform.Hosting;

/// <summary>Waiting that is handed in.</summary>
public static class Waiting
{
    /// <summary>
    /// The shortest wait that there is. What is shorter a task's time-out takes for none at all: whoever waits for what is left
    /// would look again and again until that is over.
    /// </summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits so long, or until it is called off.</summary>
    /// <remarks>As <c>Task.Delay</c>, but for one thing: that one, when it is called off, goes on at the thread pool.</remarks>
    /// <param name="clock">Counts.</param>
    /// <param name="length">How long; from zero up.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="OperationCanceledException">It was called off.</exception>
    public static async Task DelayAsync(this TimeProvider clock, TimeSpan length, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var over = new TaskCompletionSource();
        await using var timer = clock.CreateTimer(static over => ((TaskCompletionSource)over!).TrySetResult(), over, length, Timeout.InfiniteTimeSpan);
        await using var off = cancellation.UnsafeRegister(
            static (over, cancelled) => ((TaskCompletionSource)over!).TrySetCanceled(cancelled), over);
        await over.Task;
    }
}
