namespace Souk.Testing;

/// <summary>Waits for something that other threads or processes bring about: bounded, and never longer than needed.</summary>
public static class Eventually
{
    /// <summary>The bound where none is given: 15 s.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    /// <summary>Looks until the condition holds.</summary>
    /// <param name="what">Named in the failure.</param>
    /// <param name="condition">Asked again and again; what it throws counts as no.</param>
    /// <param name="bound">The longest wait.</param>
    /// <exception cref="TimeoutException">It never held.</exception>
    public static async Task HoldsAsync(string what, Func<Task<bool>> condition, TimeSpan? bound = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        Exception? last = null;
        while (true)
        {
            try
            {
                if (await condition()) return;
                last = null;
            }
            catch (Exception error) when (error is not OperationCanceledException { CancellationToken.IsCancellationRequested: true })
            {
                last = error;
            }
            if (TimeProvider.System.GetElapsedTime(started) > (bound ?? Bound))
            {
                throw new TimeoutException($"Never happened: {what}", last);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>Looks until the condition holds.</summary>
    /// <param name="what">Named in the failure.</param>
    /// <param name="condition">Asked again and again; what it throws counts as no.</param>
    /// <param name="bound">The longest wait.</param>
    public static Task HoldsAsync(string what, Func<bool> condition, TimeSpan? bound = null) =>
        HoldsAsync(what, () => Task.FromResult(condition()), bound);
}
