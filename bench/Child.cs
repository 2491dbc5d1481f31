using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Souk.Bench;

/// <summary>A process under measurement: it ends when its standard input does.</summary>
sealed class Child : IDisposable
{
    readonly Process _process;

    Child(Process process, int port)
    {
        _process = process;
        Address = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");
    }

    public Uri Address { get; }

    /// <summary>User and kernel time so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in MB.</summary>
    public double ResidentMb
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1024.0 / 1024.0;
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts this program again as a server of some kind.</summary>
    public static Task<Child> ServeAsync(string kind, IReadOnlyDictionary<string, string> environment) =>
        StartAsync(Environment.ProcessPath!, ["serve", kind], environment);

    /// <summary>Starts a program and waits until <c>/health/ready</c> says so.</summary>
    public static async Task<Child> StartAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var child = new Child(process, port);
        using var http = new HttpClient { BaseAddress = child.Address };
        while (true)
        {
            if (process.HasExited) throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
            try
            {
                if ((await http.GetAsync("/health/ready")).IsSuccessStatusCode) return child;
            }
            catch (HttpRequestException)
            {
                // Not listening yet. No pause: the time to the first answer is what is measured.
                await Task.Yield();
            }
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000)) _process.Kill();
        _process.Dispose();
    }
}
