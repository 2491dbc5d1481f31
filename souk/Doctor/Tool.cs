using System.ComponentModel;
using System.Diagnostics;

namespace Souk.Launcher.Doctor;

/// <summary>Asks a program of the machine for its version.</summary>
static class Tool
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The first line it writes; null when it is not there, fails or says nothing in time.</summary>
    public static async Task<string?> FirstLineAsync(string program, string argument, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        enough.CancelAfter(Patience);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, argument) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync(enough.Token);
            var errors = process.StandardError.ReadToEndAsync(enough.Token);
            var text = await output + await errors;
            await process.WaitForExitAsync(enough.Token);
            return process.ExitCode == 0 ? text.Split('\n')[0].Trim() : null;
        }
        catch (Exception error) when (error is Win32Exception or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return null;
        }
    }
}
