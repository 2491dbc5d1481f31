using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Souk.Launcher.Up;

/// <summary>When the store shall stop: the first Ctrl-C or SIGTERM lets every service finish, the second ends all at once.</summary>
sealed class StopSignals : IDisposable
{
    /// <summary>One wish to stop may arrive twice: from the terminal or `timeout`, and passed on by `dotnet run`.</summary>
    static readonly TimeSpan SameWish = TimeSpan.FromSeconds(1);

    const int SigInt = 2;
    const nint SigDefault = 0;

    readonly TimeProvider _clock;
    readonly CancellationTokenSource _stop = new();
    readonly CancellationTokenSource _atOnce = new();
    readonly List<PosixSignalRegistration> _registrations = [];
    long? _first;

    public StopSignals(TimeProvider clock)
    {
        _clock = clock;
        // A script's `&` starts a program with SIGINT ignored; asked for by kill -INT, the store shall close all the same.
        if (!OperatingSystem.IsWindows())
            _ = Signal(SigInt, SigDefault);
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        _registrations.AddRange(signals.Select(signal => PosixSignalRegistration.Create(signal, On)));
        _ = FollowParentAsync();
    }

    public CancellationToken Stop => _stop.Token;

    public CancellationToken AtOnce => _atOnce.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Cancel();
    }

    void On(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_registrations)
            if (_first is null)
                _first = _clock.GetTimestamp();
            else if (_clock.GetElapsedTime(_first.Value) > SameWish)
                _atOnce.Cancel();
        _stop.Cancel();
    }

    /// <summary>`dotnet run` stands between the user and the launcher; killed, it must not leave the store behind.</summary>
    async Task FollowParentAsync()
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            using var parent = Process.GetProcessById(GetParentId());
            if (parent.ProcessName != "dotnet")
                return;
            await parent.WaitForExitAsync(_stop.Token);
            await _stop.CancelAsync();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or OperationCanceledException)
        {
            // No such parent: nothing to follow.
        }
    }

    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern nint Signal(int signal, nint handler);

    [DllImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int GetParentId();
}
