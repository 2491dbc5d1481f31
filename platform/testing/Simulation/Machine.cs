using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Testing.Simulation;

/// <summary>
/// One service of a world, whichever process of it runs at the moment: it can be killed at any point and started again on
/// the same file.
/// </summary>
public sealed class Machine
{
    // A pump that finds nothing asks less often while nothing happens to its service: time passes more quickly.
    static readonly TimeSpan QuietAfter = TimeSpan.FromMilliseconds(600);
    static readonly TimeSpan QuietIdle = TimeSpan.FromSeconds(2);
    static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(10);

    readonly WorldNetwork _network;
    readonly Func<ServiceSetup, WebApplication> _build;
    readonly IReadOnlyDictionary<string, string?> _configuration;
    readonly Chance _chance;
    long _activeAt;

    internal Machine(WorldNetwork network, string service, Func<ServiceSetup, WebApplication> build,
        IReadOnlyDictionary<string, string?> configuration, TimeSpan clockOffset)
    {
        _network = network;
        _build = build;
        _configuration = configuration;
        _chance = network.World.Chance.Fork();
        Service = service;
        ClockOffset = clockOffset;
    }

    /// <summary>The service's name.</summary>
    public string Service { get; }

    /// <summary>By how much its clock is wrong.</summary>
    public TimeSpan ClockOffset { get; }

    /// <summary>The process that runs; null: none does.</summary>
    public WorldProcess? Process { get; private set; }

    /// <summary>How often it was killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Pumps that nobody turns, by name.</summary>
    public HashSet<string> Still { get; } = new(StringComparer.Ordinal);

    World World => _network.World;

    /// <summary>Starts a process on what the last one left.</summary>
    public void Start()
    {
        if (Process is not null) return;
        var process = new WorldProcess(this, _network, _build, _configuration, _chance.Fork());
        Process = process;
        try
        {
            process.Start();
        }
        catch (ProcessKilledException)
        {
            return; // in the middle of its start
        }
        World.Trace.Add("start", Service);
        foreach (var pump in process.Pumps) Turn(process, pump, TimeSpan.FromMilliseconds(100));
    }

    /// <summary>Kills the process, as kill -9 does: whatever it was about ends there.</summary>
    /// <param name="downFor">When the next one is started; null: not by itself.</param>
    public void Kill(TimeSpan? downFor)
    {
        if (Process is not { } process) return;
        Process = null;
        Kills++;
        World.Trace.Add("kill", Service);
        process.End();
        // The database is closed when the last of its statements is done with: this may be the middle of one.
        World.After(TimeSpan.Zero, process.Close);
        if (downFor is { } pause) World.After(pause, Start);
    }

    /// <summary>It has had to do with something.</summary>
    internal void IsActive() => _activeAt = World.Ticks;

    void Turn(WorldProcess process, IPump pump, TimeSpan backoff) => World.Begin(async () =>
    {
        if (process.IsOver || Still.Contains(pump.Name)) return;
        TimeSpan rest;
        var next = TimeSpan.FromMilliseconds(100);
        try
        {
            using var trigger = WorldProcess.Within("pump " + pump.Name);
            rest = await pump.StepAsync(process.Stopping) ? pump.Rest
                : World.Ticks - _activeAt > QuietAfter.Ticks && pump.Idle < QuietIdle ? QuietIdle
                : pump.Idle;
        }
        catch (Exception) when (process.IsOver)
        {
            return;
        }
        catch (Exception error) when (error is not EscapeException)
        {
            // As in production: a pump never ends by itself.
            (rest, next) = (backoff, backoff * 2 < BackoffMax ? backoff * 2 : BackoffMax);
        }
        World.After(rest, () => Turn(process, pump, next));
    });
}

/// <summary>One process of a service.</summary>
public sealed class WorldProcess
{
    static readonly AsyncLocal<Trigger?> Cause = new();

    readonly CancellationTokenSource _stopping = new();
    readonly List<Action> _connections = [];
    readonly WorldNetwork _network;
    readonly WorldServer _server = new();
    readonly WebApplication _app;
    readonly Database? _database;

    internal WorldProcess(Machine machine, WorldNetwork network, Func<ServiceSetup, WebApplication> build,
        IReadOnlyDictionary<string, string?> configuration, Chance chance)
    {
        Machine = machine;
        _network = network;
        using (Within("start"))
        {
            _app = build(new ServiceSetup
            {
                // Files that change while it runs are watched by threads.
                Args = ["--hostBuilder:reloadConfigOnChange=false"],
                Configuration = configuration,
                Server = _server,
                Clock = new WorldClock(network.World, machine.ClockOffset, () => IsOver),
                Ids = chance,
                Network = callee => network.Wire(this, callee),
                Watch = OnDatabase,
                RunPumps = false,
            });
        }
        _database = _app.Services.GetService<Database>();
    }

    /// <summary>The service that it is of.</summary>
    public Machine Machine { get; }

    /// <summary>Its service's name.</summary>
    public string Service => Machine.Service;

    /// <summary>Whether it has ended.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Its parts.</summary>
    public IServiceProvider Services => _app.Services;

    internal CancellationToken Stopping => _stopping.Token;

    internal IReadOnlyList<IPump> Pumps => [.. _app.Services.GetServices<IPump>()];

    /// <summary>What the work at hand is part of: a request or a turn of a pump.</summary>
    internal static Trigger? Trigger => Cause.Value;

    internal void Start()
    {
        using var trigger = Within("start");
        World.Finished(_app.StartAsync());
    }

    /// <summary>Everything that it does from here on does nothing.</summary>
    public void End()
    {
        IsOver = true;
        foreach (var broken in _connections.ToArray()) broken();
        _connections.Clear();
    }

    /// <summary>Closes its database, without a commit.</summary>
    public void Close()
    {
        if (_database is not null) World.Finished(_database.DisposeAsync().AsTask());
        // Without its parts being told of an end: what is left of them are threads and listeners that would add up over the runs.
        World.Finished(_app.DisposeAsync().AsTask());
    }

    /// <summary>Says what the work that follows is part of.</summary>
    internal static IDisposable Within(string trigger)
    {
        Cause.Value = new Trigger(trigger);
        return Leaving.Instance;
    }

    /// <summary>Serves a request that has come in.</summary>
    /// <param name="request">The request.</param>
    /// <param name="broken">Told when this process ends before it has answered.</param>
    /// <param name="gone">The client has gone.</param>
    internal async Task<WorldAnswer?> HandleAsync(WorldRequest request, Action broken, CancellationToken gone)
    {
        Machine.IsActive();
        _connections.Add(broken);
        using var trigger = Within($"{request.Method} {Sites.Template(request.Path)}");
        try
        {
            return await _server.HandleAsync(request, gone);
        }
        catch (Exception) when (IsOver)
        {
            return null;
        }
        finally
        {
            _connections.Remove(broken);
        }
    }

    void OnDatabase(DatabaseMoment moment)
    {
        _network.World.OnThread();
        if (IsOver) throw new ProcessKilledException();
        if (moment == DatabaseMoment.Opening) return;
        var site = new Site(Service, Trigger?.Name ?? "", Trigger?.Next("commit") ?? 0, moment == DatabaseMoment.Committing ? SiteKind.Commit : SiteKind.Committed, "commit");
        if (moment == DatabaseMoment.Committed) Machine.IsActive();
        if (_network.Plan.Kills(site)) Machine.Kill(_network.Plan.DownFor(site));
        if (IsOver) throw new ProcessKilledException();
    }

    sealed class Leaving : IDisposable
    {
        public static readonly Leaving Instance = new();

        public void Dispose() => Cause.Value = null;
    }
}
