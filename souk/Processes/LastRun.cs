using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Launcher.Processes;

/// <summary>The processes that a run has started, on disk, so that the next run can tell what a kill -9 left.</summary>
sealed class LastRun(DataFolder data, TimeProvider clock)
{
    // Start times are read with the grain of the kernel's clock tick.
    static readonly TimeSpan Grain = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    string File => Path.Combine(data.Run, "processes.json");

    public void Write(IEnumerable<StartedProcess> processes) =>
        DataFolder.Replace(File, JsonSerializer.Serialize([.. processes], LastRunJson.Default.StartedProcessArray));

    public void Forget() => System.IO.File.Delete(File);

    /// <summary>What a run left that ended without a farewell; null when the last run ended well.</summary>
    public IReadOnlyList<StartedProcess>? Remains()
    {
        if (!System.IO.File.Exists(File))
            return null;
        try
        {
            return JsonSerializer.Deserialize(System.IO.File.ReadAllText(File), LastRunJson.Default.StartedProcessArray);
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>Waits for the processes of a killed run to end themselves, and ends those that do not.</summary>
    public async Task<bool> CleanAsync(CancellationToken stop)
    {
        if (Remains() is not { } remains)
            return false;
        var until = clock.GetUtcNow() + Grace;
        foreach (var one in remains)
            while (IsAlive(one, out var process))
                using (process)
                {
                    if (clock.GetUtcNow() > until)
                        process!.Kill(entireProcessTree: true);
                    await Task.Delay(TimeSpan.FromMilliseconds(50), clock, stop);
                }
        System.IO.File.Delete(data.Endpoints);
        Forget();
        return true;
    }

    /// <summary>The same pid is the same process only when it also started at the same time.</summary>
    public static bool IsAlive(StartedProcess one, out Process? process)
    {
        process = null;
        try
        {
            process = Process.GetProcessById(one.Pid);
            if (ChildProcess.StartTimeOf(process) is { } started && (started - one.StartedAt).Duration() < Grain)
                return true;
            process.Dispose();
            return false;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>A process that cannot be mistaken for a later one with its pid.</summary>
sealed record StartedProcess(string Instance, int Pid, DateTime StartedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StartedProcess[]))]
sealed partial class LastRunJson : JsonSerializerContext;
