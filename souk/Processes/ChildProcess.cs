using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Souk.Launcher.Processes;

/// <summary>
/// One running process of a service. Its standard input is a pipe that only the launcher holds: when the launcher
/// dies, even by kill -9, the pipe closes and the service ends itself.
/// </summary>
sealed class ChildProcess : IDisposable
{
    const int SigTerm = 15;

    // Ctrl-C reaches every process of the terminal at once; ignored here, it leaves the order of stopping to the launcher.
    const string IgnoringTerminalSignals = """trap "" INT QUIT HUP; exec "$0" "$@" """;

    readonly Process _process;
    readonly CancellationTokenSource _gone = new(); // never disposed: the exit may still be on its way to it

    ChildProcess(Process process, LogFile log)
    {
        _process = process;
        Pid = process.Id;
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _gone.Cancel();
        StartedAt = StartTimeOf(process) ?? default;
        Log = log;
        Output = Task.WhenAll(log.CopyAsync(process.StandardOutput), log.CopyAsync(process.StandardError));
        if (process.HasExited)
            _gone.Cancel();
    }

    public int Pid { get; }
    public DateTime StartedAt { get; }
    public LogFile Log { get; }

    /// <summary>Ends when everything that the process wrote is in its log.</summary>
    public Task Output { get; }

    /// <summary>Cancelled the moment the process is gone.</summary>
    public CancellationToken Gone => _gone.Token;

    public int ExitCode => _process.ExitCode;

    public long MemoryBytes
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.HasExited ? 0 : _process.WorkingSet64;
            }
            catch (InvalidOperationException)
            {
                return 0; // it ended between the question and the answer
            }
        }
    }

    public static ChildProcess Start(IReadOnlyList<string> command, string folder, IEnumerable<KeyValuePair<string, string>> environment, LogFile log)
    {
        var start = new ProcessStartInfo
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] words = OperatingSystem.IsWindows() ? [.. command] : ["/bin/sh", "-c", IgnoringTerminalSignals, .. command];
        start.FileName = words[0];
        foreach (var word in words.Skip(1))
            start.ArgumentList.Add(word);
        start.Environment.Remove(Databases.ServerVariable); // the administrator's; a service has a user of its own
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            return new ChildProcess(Process.Start(start)!, log);
        }
        catch (Win32Exception error)
        {
            throw new Trouble($"{command[0]} cannot be started: {error.Message}.", "Install it, or take the service out of the tree.");
        }
    }

    /// <summary>Asks the process to finish its work; false when it had to be ended, its time being over or nobody waiting.</summary>
    public async Task<bool> StopAsync(TimeSpan grace, TimeProvider clock, CancellationToken atOnce)
    {
        if (OperatingSystem.IsWindows())
            _process.StandardInput.Close();
        else if (!_process.HasExited)
            _ = Kill(Pid, SigTerm);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Gone, atOnce);
        await Task.Delay(grace, clock, enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_process.HasExited)
            return true;
        _process.Kill(entireProcessTree: true);
        await Task.Delay(grace, clock, Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return false;
    }

    /// <summary>When a process started; null when it is gone or another user's. With the pid it names a process for good.</summary>
    public static DateTime? StartTimeOf(Process process)
    {
        try
        {
            return process.StartTime.ToUniversalTime();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    public void Dispose()
    {
        Log.Dispose();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Kill(int pid, int signal);
}
