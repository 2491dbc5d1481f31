using Souk.Launcher.Processes;
using Spectre.Console;

namespace Souk.Launcher.Up;

/// <summary>The table of services: one line each, its replicas taken together.</summary>
static class ServiceTable
{
    public static Table Draw(string title, IReadOnlyList<Replica> replicas)
    {
        var table = new Table { Title = new TableTitle(title), Border = TableBorder.Rounded };
        table.AddColumns("Service", "Status", "Replicas", "Version");
        table.AddColumn(new TableColumn("Memory").RightAligned());
        table.AddColumn(new TableColumn("Requests/s").RightAligned());
        foreach (var service in replicas.GroupBy(replica => replica.Service))
        {
            var ready = service.Count(replica => replica.IsReady);
            table.AddRow(
                new Text(service.Key),
                StatusOf([.. service], ready),
                new Text($"{ready}/{service.Count()}"),
                new Text(string.Join(", ", service.Select(replica => replica.Release.Version).Distinct())),
                new Text(Megabytes(service.Sum(replica => replica.MemoryBytes))),
                new Text(Rate(service.Select(replica => replica.Requests.PerSecond))));
        }
        var total = replicas.Sum(replica => replica.MemoryBytes) + Environment.WorkingSet;
        table.Caption = new TableTitle($"{Megabytes(total)} with the launcher · Ctrl-C closes the store");
        return table;
    }

    static Markup StatusOf(IReadOnlyList<Replica> replicas, int ready)
    {
        var restarts = replicas.Sum(replica => replica.Restarts) is > 0 and var count ? $" [grey](restarted {count}×)[/]" : "";
        if (ready == replicas.Count)
            return new Markup($"[green]ready[/]{restarts}");
        var worst = replicas.First(replica => !replica.IsReady).Status;
        var colour = worst is ReplicaStatus.Crashed or ReplicaStatus.NotReady ? "red" : "yellow";
        return new Markup($"[{colour}]{worst.ToString().ToLowerInvariant()}[/]{restarts}");
    }

    static string Megabytes(long bytes) => $"{bytes / 1048576.0:0} MB";

    static string Rate(IEnumerable<double?> rates)
    {
        var known = rates.OfType<double>().ToList();
        return known.Count == 0 ? "–" : $"{known.Sum():0.0}";
    }
}
