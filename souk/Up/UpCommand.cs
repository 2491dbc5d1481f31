using Souk.Launcher.Control;
using Souk.Launcher.Identity;
using Souk.Launcher.Processes;
using Souk.Launcher.Releases;

namespace Souk.Launcher.Up;

/// <summary>Opens the store: builds what is missing, starts every service, and keeps it running until it shall stop.</summary>
sealed class UpCommand(DataFolder data, UpPorts ports, string? postgres, TimeProvider clock)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task<int> RunAsync()
    {
        using var signals = new StopSignals(clock);
        var screen = new Screen(clock);
        var started = clock.GetTimestamp();
        var repository = Repository.Find();
        data.Prepare();
        var lastRun = new LastRun(data, clock);
        var port = ports.Store == 0 ? Ports.Free() : ports.Store;
        using var runLock = RunLock.Take(data, new LauncherCard(Environment.ProcessId, $"http://localhost:{port}", ControlServer.SocketOf(data)));
        if (await lastRun.CleanAsync(signals.Stop))
            screen.Say("The last run was killed; what it left is cleaned up.");
        RequireFree(port, "--port");
        var services = ServiceDeclaration.ReadAll(repository);
        var providerPort = ports.Provider == 0 ? Ports.Free() : ports.Provider;
        if (services.Any(service => service.Kind == "provider"))
            RequireFree(providerPort, "--provider-port");
        var databases = await Databases.PrepareAsync(data, services, postgres, signals.Stop);
        var fleet = new Fleet(data, clock, screen.Say);
        await using var control = new ControlServer(data, fleet);
        var releases = await new Build(repository, data, new ReleaseShelf(repository, data), clock, screen.Say).AllAsync(services, signals.Stop);

        using var identity = LauncherIdentity.Open(data.Keys, clock);
        using var probe = new HealthProbe(identity);
        var surroundings = new Surroundings(data, databases, port, ports.Console, providerPort);
        fleet.WriteEndpoints();
        foreach (var release in releases)
            fleet.Add(new Replica(release, number: 1, surroundings, probe, clock));
        try
        {
            await control.Started;
            var measuring = fleet.MeasureAsync(signals.Stop);
            await OpenAsync();
            await screen.ShowAsync(fleet, signals.Stop);
            await measuring;
        }
        finally
        {
            screen.Say("Closing: every service finishes its work …");
            await fleet.StopAsync(signals.AtOnce);
        }
        screen.Say("Souk is closed.");
        return 0;

        async Task OpenAsync()
        {
            await fleet.WaitUntilAsync(replicas => replicas.All(replica => replica.IsReady || replica.KeepsFailing), Patience, signals.Stop);
            if (fleet.Replicas.Where(replica => !replica.IsReady).Select(replica => replica.Instance).ToList() is { Count: > 0 } late)
                screen.Say($"Open without {string.Join(", ", late)}: not ready yet, see the logs in {data.Logs}");
            using var door = new FrontDoor(port, clock);
            if (fleet.Replicas.Any(replica => replica is { Service: "catalog", IsReady: true }))
                await new FirstCatalogue(repository, data, identity, door, screen.Say).PutOnShelvesAsync(signals.Stop);
            if (fleet.Replicas.Any(replica => replica is { Release.Service.Kind: "gateway", IsReady: true }))
                await door.FirstPageAsync(signals.Stop);
            screen.Open($"http://localhost:{port}", $"http://localhost:{ports.Console}", data.Mails, clock.GetElapsedTime(started));
        }
    }

    static void RequireFree(int port, string option)
    {
        if (!Ports.IsFree(port))
            throw new Trouble($"Port {port} is taken by another program.", $"Stop that one, or choose another port with {option}.");
    }
}

/// <summary>Where the doors open: the shop, the operators' console, the sandbox of a payment provider. 0: any free port.</summary>
sealed record UpPorts(int Store, int Console, int Provider);
