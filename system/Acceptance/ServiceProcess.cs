using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Souk.Platform.Security;

namespace Souk.Acceptance;

/// <summary>A service as a real process, with the process contract of docs/add-a-service.md and nothing else.</summary>
sealed class ServiceProcess : IAsyncDisposable
{
    readonly string _folder;
    readonly string _name;
    readonly int _port;
    Process? _process;

    public ServiceProcess(string name, string folder)
    {
        _name = name;
        _folder = folder;
        _port = FreePort();
        Http = Client("souk");
    }

    public Uri Address => new($"http://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A client with the operator's identity.</summary>
    public HttpClient Http { get; }

    /// <summary>A client with some service's identity.</summary>
    public HttpClient Client(string caller)
    {
        var identity = new ServiceIdentity(caller, new ServiceKeys(Path.Combine(_folder, "keys")), TimeProvider.System);
        return new HttpClient(new Signing(identity, _name)) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(10) };
    }

    public async Task StartAsync()
    {
        var title = char.ToUpperInvariant(_name[0]) + _name[1..];
        var configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";
        var program = Repository.Path("services", title, "src", "bin", configuration, "net10.0", $"Souk.{title}.dll");
        var start = new ProcessStartInfo("dotnet", program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var database = Path.Combine(_folder, _name, _name + ".db");
        start.Environment["ASPNETCORE_URLS"] = Address.ToString();
        start.Environment["ConnectionStrings__Database"] = "Data Source=" + database;
        start.Environment["Souk__Keys"] = Path.Combine(_folder, "keys");
        start.Environment["Souk__Endpoints"] = Path.Combine(_folder, "endpoints.json");
        start.Environment["Souk__StopWithStdin"] = "true";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TieredCompilation"] = "1";
        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.HoldsAsync($"{_name} is ready", async () =>
            (await Http.GetAsync("/health/ready")).IsSuccessStatusCode, TimeSpan.FromSeconds(30));
    }

    /// <summary>kill -9: no drain, no goodbye.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await KillAsync();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
