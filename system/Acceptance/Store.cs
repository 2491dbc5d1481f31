using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Souk.Platform.Security;

// Each test has the machine to itself: one that counts seconds beside one that kills says nothing.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Souk.Acceptance;

/// <summary>
/// The whole store as a newcomer starts it: the launcher, which builds and starts everything, on a free port and a
/// new data folder. Opened once for the tests of a class, or by a test for itself; gone with them.
/// </summary>
public sealed class Store : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("souk-store-").FullName;
    readonly StringBuilder _output = new();
    readonly Process _launcher;
    readonly TraceSink? _traces;

    public Store() : this(new TraceSink())
    {
    }

    Store(TraceSink traces) : this(postgres: null, traces.Settings) => _traces = traces;

    /// <summary>A store of a test's own.</summary>
    /// <param name="postgres">A server for its databases; null: files.</param>
    /// <param name="settings">Environment of every process.</param>
    internal Store(string? postgres, params (string Name, string Value)[] settings)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Address = new Uri($"http://localhost:{port.ToString(CultureInfo.InvariantCulture)}");
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(20) };
        var start = Souk("up", "--provider-port", "0", "--port", port.ToString(CultureInfo.InvariantCulture));
        start.RedirectStandardInput = true;
        if (postgres is not null) start.Environment["SOUK_POSTGRES"] = postgres;
        foreach (var (name, value) in settings) start.Environment[name] = value;
        _launcher = new Process { StartInfo = start };
        _launcher.OutputDataReceived += (_, line) => Hear(line.Data);
        _launcher.ErrorDataReceived += (_, line) => Hear(line.Data);
    }

    public Uri Address { get; }

    /// <summary>Everything that it keeps.</summary>
    public string Folder => _folder;

    public HttpClient Http { get; }

    /// <summary>What its services have told of requests and logs, in the store that several classes share.</summary>
    public IReadOnlyCollection<byte[]> Traces => _traces?.Received ?? [];

    /// <summary>What a service keeps beside its database.</summary>
    public string FolderOf(string service) => Path.Combine(_folder, "data", service);

    /// <summary>A client of a service itself, with the operator's identity or another's.</summary>
    public async Task<HttpClient> ClientOfAsync(string service, string caller = "souk")
    {
        var identity = new ServiceIdentity(caller, new ServiceKeys(Path.Combine(_folder, "keys")), TimeProvider.System);
        return new HttpClient(new Signing(identity, service)) { BaseAddress = await AddressOfAsync(service), Timeout = Http.Timeout };
    }

    /// <summary>Turns the switches of the payment provider: its faults. What is not named is off.</summary>
    public async Task TurnAsync(object switches)
    {
        using var provider = new HttpClient { BaseAddress = await AddressOfAsync("sandbox") };
        var secret = await File.ReadAllTextAsync(Path.Combine(_folder, "keys", "ProviderApi.secret"));
        provider.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret.Trim());
        using var turned = await provider.PutAsJsonAsync("/v1/switches", switches);
        turned.EnsureSuccessStatusCode();
    }

    public async ValueTask InitializeAsync()
    {
        Built.CopyTo(_folder);
        _launcher.Start();
        _launcher.BeginOutputReadLine();
        _launcher.BeginErrorReadLine();
        await Eventually.HoldsAsync("the store is open", () =>
        {
            if (_launcher.HasExited) throw new InvalidOperationException(Output());
            return Output().Contains("Souk is open", StringComparison.Ordinal);
        }, TimeSpan.FromMinutes(8));
        Built.Keep(_folder);
    }

    /// <summary>Runs another command of the launcher on this store and returns what it printed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output) = await TryAsync(arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }

    /// <summary>The same, whatever comes of it.</summary>
    public async Task<(int ExitCode, string Output)> TryAsync(params string[] arguments)
    {
        using var process = Process.Start(Souk(arguments))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    /// <summary>Whether each of these services has a replica that is ready.</summary>
    public bool IsWhole(IEnumerable<string> services)
    {
        var endpoints = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(_folder, "run", "endpoints.json")));
        return services.All(service => endpoints.GetProperty("Services").TryGetProperty(service, out _));
    }

    /// <summary>Kills a service's processes once with kill -9; the launcher starts it again.</summary>
    public void Kill(string service) => Killer.Kill(ReleasesOf(service));

    /// <summary>Keeps a service down with kill -9, however often the launcher restarts it, until disposed of.</summary>
    public IAsyncDisposable KeepDown(string service) => new Killer(ReleasesOf(service));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_launcher.HasExited)
        {
            using (var kill = Process.Start("kill", ["-TERM", _launcher.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
            await _launcher.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        _launcher.Dispose();
        if (_traces is not null) await _traces.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Where each service listens.</summary>
    public async Task<IReadOnlyDictionary<string, Uri>> AddressesAsync()
    {
        using var known = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "run", "endpoints.json")));
        return known.RootElement.GetProperty("Services").EnumerateObject()
            .ToDictionary(service => service.Name, service => new Uri(service.Value.GetProperty("http")[0].GetString()!));
    }

    async Task<Uri> AddressOfAsync(string service) => (await AddressesAsync())[service];

    string ReleasesOf(string service) => Path.Combine(_folder, "releases", service) + "/";

    ProcessStartInfo Souk(params string[] arguments)
    {
        var configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Repository.Path("souk", "bin", configuration, "net10.0", "souk.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--data");
        start.ArgumentList.Add(_folder);
        return start;
    }

    void Hear(string? line)
    {
        lock (_output) _output.AppendLine(line);
    }

    string Output()
    {
        lock (_output) return _output.ToString();
    }

    /// <summary>The releases that the first store of the run has built: those after it find them on their shelf.</summary>
    static class Built
    {
        static readonly string Shelf = Path.Combine(Path.GetTempPath(), $"souk-built-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");

        public static void CopyTo(string store)
        {
            if (Directory.Exists(Shelf)) Copy(Shelf, Path.Combine(store, "releases"));
        }

        public static void Keep(string store)
        {
            if (Directory.Exists(Shelf)) return;
            Copy(Path.Combine(store, "releases"), Shelf);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Shelf, recursive: true);
        }

        static void Copy(string from, string to)
        {
            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(to, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }
    }

    /// <summary>Kills every process whose command line names a folder of this store, again and again.</summary>
    sealed class Killer : IAsyncDisposable
    {
        readonly CancellationTokenSource _stop = new();
        readonly Task _loop;

        public Killer(string release)
        {
            Kill(release);
            _loop = Task.Run(async () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    Kill(release);
                    await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
                }
            });
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
        }

        public static void Kill(string release)
        {
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)) continue;
                try
                {
                    var commandLine = File.ReadAllText(Path.Combine(folder, "cmdline"));
                    if (!commandLine.Contains(release, StringComparison.Ordinal)) continue;
                    using var process = Process.GetProcessById(pid);
                    process.Kill();
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
                {
                    // It ended by itself.
                }
            }
        }
    }
}
