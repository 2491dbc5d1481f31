using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Souk.Launcher.Control;
using Souk.Launcher.Processes;

namespace Souk.Launcher.Tests;

/// <summary>A repository with a few stand-in services in a folder of its own, and the real launcher run on it as a process.</summary>
sealed class TinyStore : IAsyncDisposable
{
    static readonly string Here = AppContext.BaseDirectory;
    readonly List<LauncherRun> _runs = [];

    public TinyStore(params string[] services)
    {
        File.WriteAllText(Path.Combine(Root, "Souk.slnx"), "<Solution />");
        Declare("gateway", "gateway", StandIn("gateway", "gateway"));
        foreach (var service in services)
            Declare(Path.Combine("services", service), service, StandIn(service, "service"));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("souk-").FullName;
    public DataFolder Data => new(Path.Combine(Root, ".souk"));
    public string EndpointsText => File.ReadAllText(Data.Endpoints);

    /// <summary>A service's declaration, with one source file beside it.</summary>
    public void Declare(string folder, string source, string declaration)
    {
        Write(Path.Combine(folder, "src", "source.txt"), source);
        Write(Path.Combine(folder, "deploy", "souk.json"), declaration);
    }

    public string Write(string path, string text)
    {
        var file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public LauncherRun Start(params string[] words)
    {
        var run = new LauncherRun(Root, [Path.Combine(Here, "souk.dll"), .. words]);
        _runs.Add(run);
        return run;
    }

    /// <summary>Opens the store and waits until it says so.</summary>
    public async Task<LauncherRun> UpAsync(params string[] words)
    {
        var run = Start(["up", "--port", "0", .. words]);
        await run.SaysAsync("Souk is open:");
        return run;
    }

    public async Task<ReplicaView> ReplicaAsync(string service) =>
        Assert.Single(await ControlClient.StatusAsync(Data, TestContext.Current.CancellationToken) ?? [], replica => replica.Service == service);

    /// <summary>What the last run put down as its processes; read it while it runs.</summary>
    public IReadOnlyList<StartedProcess> Processes() => new LastRun(Data, TimeProvider.System).Remains() ?? [];

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs)
            await run.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>The declaration of a stand-in.</summary>
    public static string StandIn(string name, string kind, params string[] secrets) => new JsonObject
    {
        ["name"] = name,
        ["kind"] = kind,
        ["command"] = new JsonArray("dotnet", Path.Combine(Here, "Souk.StandIn.dll")),
        ["database"] = true,
        ["secrets"] = new JsonArray([.. secrets.Select(secret => (JsonNode)secret)]),
    }.ToJsonString(JsonSerializerOptions.Web);
}

/// <summary>One run of the launcher: what it says, and how it is told to stop.</summary>
sealed class LauncherRun : IAsyncDisposable
{
    readonly Process _process;
    readonly List<string> _lines = [];

    public LauncherRun(string folder, string[] words)
    {
        var start = new ProcessStartInfo("dotnet", words) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    public Task SaysAsync(string text) => Eventually.HoldsAsync($"'{text}'", () => Output.Contains(text, StringComparison.Ordinal)
        ? true : _process.HasExited ? throw new InvalidOperationException($"It ended with {_process.ExitCode}: {Output}") : false, TimeSpan.FromSeconds(60));

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Pid}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end; gives the exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text)
            lock (_lines)
                _lines.Add(text);
    }
}
