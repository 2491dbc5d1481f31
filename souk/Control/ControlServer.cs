using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Launcher.Processes;

namespace Souk.Launcher.Control;

/// <summary>The launcher's own API, HTTP over a Unix socket that only the user can open: what other commands ask and order.</summary>
sealed class ControlServer : IAsyncDisposable
{
    /// <summary>The operating system's bound on a socket's path, the smallest of those it runs on.</summary>
    const int SocketPathMax = 103;

    readonly string _socket;
    readonly Task<WebApplication> _app;

    /// <summary>Starts beside whatever else a start has to do.</summary>
    public ControlServer(DataFolder data, Fleet fleet)
    {
        _socket = SocketOf(data);
        _app = Task.Run(() => StartAsync(_socket, fleet));
    }

    /// <summary>Ends when questions are answered; fails when they cannot be.</summary>
    public Task Started => _app;

    /// <summary>In the data folder; under a short name in the user's temporary folder when that path is too long.</summary>
    public static string SocketOf(DataFolder data)
    {
        var socket = Path.Combine(data.Run, "control.sock");
        if (Encoding.UTF8.GetByteCount(socket) <= SocketPathMax)
            return socket;
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data.Root)).AsSpan(0, 8));
        return Path.Combine(Path.GetTempPath(), $"souk-{name}.sock");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.ContinueWith(_ => { }, TaskScheduler.Default); // how it went is told by Started
        if (_app.IsCompletedSuccessfully)
            await _app.Result.DisposeAsync();
        File.Delete(_socket);
    }

    static async Task<WebApplication> StartAsync(string socket, Fleet fleet)
    {
        File.Delete(socket); // of a run that was killed: the lock is ours
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var app = builder.Build();
        ReadStatus.Map(app, fleet);
        await app.StartAsync();
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return app;
    }

    /// <summary>Ctrl-C is the launcher's to answer.</summary>
    sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
