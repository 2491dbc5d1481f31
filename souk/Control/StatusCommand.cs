using System.Text.Json;

namespace Souk.Launcher.Control;

/// <summary>`souk status`: every replica that runs, for a person or as JSON; exit code 1 when nothing runs.</summary>
sealed class StatusCommand(DataFolder data)
{
    public async Task<int> RunAsync(bool json, CancellationToken stop)
    {
        var replicas = await ControlClient.StatusAsync(data, stop);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(replicas ?? [], ControlJson.Plain.ReplicaViewArray));
        else if (replicas is null)
            Console.WriteLine($"No store runs on {data.Root}. Start it with `dotnet run --project souk`.");
        else
            Show(replicas);
        return replicas is null ? 1 : 0;
    }

    static void Show(ReplicaView[] replicas)
    {
        string[][] lines =
        [
            ["REPLICA", "STATUS", "PID", "PORT", "VERSION", "MEMORY", "RESTARTS"],
            .. replicas.Select(replica => new[]
            {
                replica.Instance, replica.Status, replica.Pid?.ToString() ?? "–", replica.Port?.ToString() ?? "–",
                replica.Version, $"{replica.MemoryBytes >> 20} MB", replica.Restarts.ToString(),
            }),
        ];
        foreach (var line in lines)
            Console.WriteLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(lines.Max(one => one[column].Length)))).TrimEnd());
    }
}
