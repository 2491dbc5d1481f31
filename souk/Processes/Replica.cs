using Souk.Launcher.Releases;

namespace Souk.Launcher.Processes;

enum ReplicaStatus
{
    Stopped,

    /// <summary>Its process runs and has not been ready yet.</summary>
    Starting,

    /// <summary>It is in the endpoint file.</summary>
    Ready,

    /// <summary>It runs, was ready, and says no more that it is, or says nothing.</summary>
    NotReady,

    /// <summary>Its process died; the next one waits for its time.</summary>
    Crashed,

    /// <summary>It gets no new requests and finishes its work.</summary>
    Draining,
}

/// <summary>One copy of a service: starts its process, watches its health, and starts it again when it dies.</summary>
sealed class Replica(Release release, int number, Surroundings surroundings, HealthProbe probe, TimeProvider clock) : IDisposable
{
    /// <summary>Unanswered questions in a row before a replica is taken out: a busy one may miss some.</summary>
    const int SilencesMax = 3;

    static readonly TimeSpan WhileStarting = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan WhileRunning = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    readonly Backoff _backoff = new();
    readonly CancellationTokenSource _stopping = new();
    readonly CancellationTokenSource _leaving = new();
    CancellationToken _atOnce;
    ChildProcess? _process;
    Task _running = Task.CompletedTask;

    public Release Release { get; } = release;
    public string Service => Release.Service.Name;
    public string Instance { get; } = $"{release.Service.Name}-{number}";
    public ReplicaStatus Status { get; private set; }
    public bool IsReady => Status == ReplicaStatus.Ready;

    /// <summary>It crashes again and again; others need not wait for it.</summary>
    public bool KeepsFailing => _backoff.Crashes >= 3;

    public int Port { get; private set; }
    public int Restarts { get; private set; }
    public long MemoryBytes => _process?.MemoryBytes ?? 0;
    public RequestRate Requests { get; } = new(clock);

    /// <summary>The process that runs now, if one does.</summary>
    public StartedProcess? Process => _process is { } process && !process.Gone.IsCancellationRequested
        ? new StartedProcess(Instance, process.Pid, process.StartedAt) : null;

    /// <summary>Raised on every change of status, with a line for the reader where there is something to say.</summary>
    public event Action<Replica, string?>? Changed;

    public void Start() => _running = RunAsync();

    /// <summary>The process that runs is the last: its end is no crash any more.</summary>
    public void LetGo() => _leaving.Cancel();

    /// <summary>Takes the replica out, lets it finish its work, and ends it when that takes too long or at once is asked for.</summary>
    public async Task StopAsync(CancellationToken atOnce)
    {
        _atOnce = atOnce;
        LetGo();
        await _stopping.CancelAsync();
        await _running;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _leaving.Dispose();
    }

    async Task RunAsync()
    {
        while (!_leaving.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            try
            {
                Port = surroundings.PortFor(Release.Service);
                using var process = ChildProcess.Start(Release.Command, Release.Folder,
                    surroundings.Of(Release, Instance, Port), new LogFile(surroundings.Data.Log(Instance)));
                _process = process;
                Become(ReplicaStatus.Starting);
                await WatchAsync(process);
                if (_stopping.IsCancellationRequested)
                    await DrainAsync(process);
                else if (!_leaving.IsCancellationRequested)
                    await MournAsync(process, clock.GetElapsedTime(started));
            }
            catch (Exception error) when (Trouble.From(error, surroundings.Data.Root) is { } trouble)
            {
                Become(ReplicaStatus.Crashed);
                await WaitForNextStartAsync(TimeSpan.Zero, $"did not start: {trouble.Message} {trouble.Todo}", "");
            }
        }
        Become(ReplicaStatus.Stopped, "stopped");
    }

    /// <summary>Asks the process how it is until it is gone or shall stop.</summary>
    async Task WatchAsync(ChildProcess process)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(process.Gone, _stopping.Token);
        var silences = 0;
        while (!over.IsCancellationRequested)
        {
            var ready = await probe.IsReadyAsync(Port, over.Token);
            if (over.IsCancellationRequested)
                return;
            silences = ready is null ? silences + 1 : 0;
            if (ready == true)
                Become(ReplicaStatus.Ready, $"ready (pid {process.Pid}, port {Port}, {Release.Version})");
            else if (Status == ReplicaStatus.Ready && (ready == false || silences >= SilencesMax))
                Become(ReplicaStatus.NotReady, ready == false ? "says that it is not ready" : "does not answer");
            await Task.Delay(Status == ReplicaStatus.Starting ? WhileStarting : WhileRunning, clock, over.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task DrainAsync(ChildProcess process)
    {
        Become(ReplicaStatus.Draining);
        if (!await process.StopAsync(Grace, clock, _atOnce))
            Changed?.Invoke(this, _atOnce.IsCancellationRequested ? "was ended at once" : $"did not finish within {Grace.TotalSeconds:0} s and was ended");
        await Task.WhenAny(process.Output, Task.Delay(WhileRunning, clock));
    }

    async Task MournAsync(ChildProcess process, TimeSpan ranFor)
    {
        Become(ReplicaStatus.Crashed); // before anything is waited for: nobody shall be sent here any more
        await Task.WhenAny(process.Output, Task.Delay(WhileRunning, clock));
        var lines = process.Log.LastWords().Append($"(whole log: {process.Log.Path})");
        await WaitForNextStartAsync(ranFor, $"ended with code {process.ExitCode}", string.Concat(lines.Select(line => $"\n    {line}")));
    }

    async Task WaitForNextStartAsync(TimeSpan ranFor, string what, string reason)
    {
        var wait = _backoff.AfterCrash(ranFor);
        var next = wait == TimeSpan.Zero ? "starting it again" : $"starting it again in {wait.TotalSeconds:0.#} s";
        // The reason is for a service that keeps failing; told once, then now and then.
        Changed?.Invoke(this, $"{what}; {next}{(_backoff.Crashes % 5 == 2 ? reason : "")}");
        Restarts++;
        await Task.Delay(wait, clock, _leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Counts what was answered since the last time; the fleet calls it at its pace.</summary>
    public async Task MeasureAsync(CancellationToken stop)
    {
        if (Status == ReplicaStatus.Ready && _process is { } process)
            Requests.Count(process.Pid, await probe.RequestsAsync(Service, Port, stop));
        else
            Requests.Count(0, null);
    }

    void Become(ReplicaStatus status, string? line = null)
    {
        if (Status == status)
            return;
        Status = status;
        Changed?.Invoke(this, line);
    }
}
