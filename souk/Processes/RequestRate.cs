namespace Souk.Launcher.Processes;

/// <summary>Requests a second, from a count that a process gives now and then.</summary>
sealed class RequestRate(TimeProvider clock)
{
    (int Pid, long Requests, long At)? _last;

    /// <summary>Null while nothing is known, as before the second count.</summary>
    public double? PerSecond { get; private set; }

    /// <summary>Takes a new count; another process starts from nothing.</summary>
    public void Count(int pid, long? requests)
    {
        var now = clock.GetTimestamp();
        PerSecond = requests is { } count && _last is { } last && last.Pid == pid && count >= last.Requests
            ? (count - last.Requests) / Math.Max(0.001, clock.GetElapsedTime(last.At, now).TotalSeconds)
            : null;
        _last = requests is { } known ? (pid, known, now) : null;
    }
}
