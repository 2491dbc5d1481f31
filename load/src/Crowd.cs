namespace Souk.Load;

/// <summary>Lets shoppers at a store: in an open loop as they arrive, or in a closed one by so many callers.</summary>
public sealed class Crowd
{
    // Beyond this a machine measures itself; who does not get in is counted, not forgotten.
    const int InsideMax = 5000;

    readonly LoadPlan _plan;
    readonly AccountPool _accounts;
    readonly TimeProvider _clock;
    long _number;
    long _checkouts;
    int _inside;

    /// <param name="plan">What the run is.</param>
    /// <param name="clock">The time that it is measured by.</param>
    /// <exception cref="FormatException">The plan names a journey that there is not.</exception>
    public Crowd(LoadPlan plan, TimeProvider clock)
    {
        if (plan.Journeys.Names.FirstOrDefault(name => !Journeys.All.Contains(name)) is { } unknown)
        {
            throw new FormatException($"Nobody comes for '{unknown}': there is {string.Join(", ", Journeys.All)}.");
        }
        if (plan.Checkouts is not null && !plan.Journeys.Names.Any(Journeys.ChecksOut))
        {
            throw new FormatException("A number of checkouts needs somebody who checks out.");
        }
        _plan = plan;
        _accounts = new AccountPool(plan.Accounts);
        _clock = clock;
    }

    /// <summary>What has been seen so far.</summary>
    public Report Report { get; } = new();

    /// <summary>Runs the plan to its end, or until it is stopped; whoever is inside then is cut off.</summary>
    /// <exception cref="InvalidOperationException">The store does not answer, or has nothing on its shelves.</exception>
    public async Task<Report> RunAsync(CancellationToken cancellation = default)
    {
        var shelf = await Shelf.ReadAsync(_plan, _clock, cancellation);
        using var store = new StoreClient(_plan, Report, _clock);
        var began = _clock.GetTimestamp();
        try
        {
            await (_plan.Callers > 0 ? LoopAsync(shelf, store, began, cancellation) : ArriveAsync(shelf, store, began, cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped: what was seen is the result.
        }
        Report.Took = _clock.GetElapsedTime(began);
        return Report;
    }

    async Task ArriveAsync(Shelf shelf, StoreClient store, long began, CancellationToken cancellation)
    {
        var inside = new List<Task>();
        foreach (var at in Arrivals.At(_plan.Rate, _plan.Seed))
        {
            if (at >= _plan.Length) break;
            var early = at - _clock.GetElapsedTime(began);
            if (early > TimeSpan.Zero) await Task.Delay(early, _clock, cancellation);
            if (Next(shelf, store) is not { } next) break;
            // Meant to come at that time, however late it is: the wait at the door is the store's doing, or ours, and counts.
            var meant = began + (long)(at.TotalSeconds * _clock.TimestampFrequency);
            if (Volatile.Read(ref _inside) < InsideMax) inside.Add(EnterAsync(next.Shopper, next.Journey, meant, cancellation));
            else Report.Ended("not let in: too many inside", isSignedIn: false);
            if (inside.Count > 4096) inside.RemoveAll(task => task.IsCompletedSuccessfully);
        }
        await Task.WhenAll(inside);
    }

    Task LoopAsync(Shelf shelf, StoreClient store, long began, CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, _plan.Callers).Select(async _ =>
        {
            while (!(_clock.GetElapsedTime(began) >= _plan.Length) && Next(shelf, store) is { } next)
            {
                await EnterAsync(next.Shopper, next.Journey, _clock.GetTimestamp(), cancellation);
            }
        }));

    /// <summary>The next shopper and what for; null when the checkouts are used up.</summary>
    (Shopper Shopper, string Journey)? Next(Shelf shelf, StoreClient store)
    {
        var shopper = new Shopper(Interlocked.Increment(ref _number), _plan, shelf, _accounts, store, Report, _clock);
        var journey = _plan.Journeys.Pick(shopper.Chance.Next());
        if (Journeys.ChecksOut(journey) && Interlocked.Increment(ref _checkouts) > _plan.Checkouts) return null;
        return (shopper, journey);
    }

    async Task EnterAsync(Shopper shopper, string journey, long meant, CancellationToken cancellation)
    {
        Report.Came();
        Interlocked.Increment(ref _inside);
        try
        {
            await shopper.GoAsync(journey, meant, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
