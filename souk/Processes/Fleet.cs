namespace Souk.Launcher.Processes;

/// <summary>All replicas that run, and the two files that tell of them: the endpoints, and what a next run may find.</summary>
sealed class Fleet(DataFolder data, TimeProvider clock, Action<string> say)
{
    static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    readonly EndpointFile _endpoints = new(data.Endpoints);
    readonly LastRun _lastRun = new(data, clock);
    readonly List<Replica> _replicas = [];
    TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<Replica> Replicas
    {
        get
        {
            lock (_lock)
                return [.. _replicas];
        }
    }

    public void Add(Replica replica)
    {
        lock (_lock)
            _replicas.Add(replica);
        replica.Changed += OnChange;
        replica.Start();
    }

    /// <summary>Waits until the condition holds, looking again at every change; false when the time is over.</summary>
    public async Task<bool> WaitUntilAsync(Func<IReadOnlyList<Replica>, bool> condition, TimeSpan timeout, CancellationToken stop)
    {
        var over = Task.Delay(timeout, clock, stop);
        while (true)
        {
            var change = Volatile.Read(ref _change).Task;
            if (condition(Replicas))
                return true;
            await Task.WhenAny(change, over);
            stop.ThrowIfCancellationRequested();
            if (over.IsCompleted)
                return condition(Replicas);
        }
    }

    /// <summary>Asks every replica for its figures, again and again.</summary>
    public async Task MeasureAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAll(Replicas.Select(replica => replica.MeasureAsync(stop)));
            await Task.Delay(Pace, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Stops all: first those that take requests from outside, last those that they call.</summary>
    public async Task StopAsync(CancellationToken atOnce)
    {
        foreach (var replica in Replicas)
            replica.LetGo();
        foreach (var round in Replicas.GroupBy(replica => replica.Release.Service.StopsInRound).OrderBy(round => round.Key))
            await Task.WhenAll(round.Select(replica => replica.StopAsync(atOnce)));
        foreach (var replica in Replicas)
            replica.Dispose();
        _lastRun.Forget();
    }

    /// <summary>The file is there before the first service looks for it.</summary>
    public void WriteEndpoints()
    {
        lock (_lock)
            _endpoints.Write(_replicas.Where(one => one.IsReady).Select(one => (one.Service, one.Port)), _replicas.Select(one => one.Service));
    }

    void OnChange(Replica replica, string? line)
    {
        try
        {
            lock (_lock)
            {
                WriteEndpoints();
                _lastRun.Write(_replicas.Select(one => one.Process).OfType<StartedProcess>());
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            say($"The endpoints could not be written: {error.Message}"); // a full disk must not end what runs
        }
        if (line is not null)
            say($"{replica.Instance} {line}");
        Interlocked.Exchange(ref _change, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}
