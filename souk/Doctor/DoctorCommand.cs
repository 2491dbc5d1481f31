using Souk.Launcher.Control;
using Souk.Launcher.Processes;
using Souk.Launcher.Releases;
using Souk.Launcher.Up;

namespace Souk.Launcher.Doctor;

/// <summary>`souk doctor`: looks for what the store needs and what it can do without; exit code 1 when something needed is missing.</summary>
sealed class DoctorCommand(DataFolder data, UpPorts ports, TimeProvider clock)
{
    const long DiskNeeded = 2L << 30;

    public async Task<int> RunAsync(CancellationToken stop)
    {
        var running = RunLock.Holder(data);
        Finding[] findings =
        [
            await ToolAsync(".NET SDK 10", Dotnet.Path, "--version", "Install it: https://dot.net/download", needed: true, stop),
            Sources(),
            Writable(),
            Disk(),
            Port("--port", ports.Store, running),
            Port("--console-port", ports.Console, running),
            Port("--provider-port", ports.Provider, running),
            LastRunState(running),
            .. Inotify(),
            await ToolAsync("PostgreSQL", "psql", "--version", "sudo apt-get install postgresql", needed: false, stop),
            await ToolAsync("Chromium (browser tests)", "chromium", "--version", "sudo apt-get install chromium", needed: false, stop),
            await ToolAsync("Python", "python3", "--version", "sudo apt-get install python3", needed: false, stop),
            await ToolAsync("Java", "java", "-version", "sudo apt-get install default-jre", needed: false, stop),
        ];
        foreach (var finding in findings)
            Console.WriteLine($"{finding.Mark} {finding.What}{(finding.Todo.Length > 0 ? $" – {finding.Todo}" : "")}");
        var missing = findings.Count(finding => finding.Mark == Finding.Bad);
        Console.WriteLine(missing == 0 ? "Ready: dotnet run --project souk" : $"{missing} to put right before the store can open.");
        return missing == 0 ? 0 : 1;
    }

    static async Task<Finding> ToolAsync(string name, string program, string argument, string install, bool needed, CancellationToken stop) =>
        await Tool.FirstLineAsync(program, argument, stop) is { } line
            ? new(Finding.Good, $"{name}: {line}")
            : new(needed ? Finding.Bad : Finding.Optional, $"{name}: not found{(needed ? "" : ", optional")}", install);

    static Finding Sources()
    {
        try
        {
            return new(Finding.Good, $"Services: {string.Join(", ", ServiceDeclaration.ReadAll(Repository.Find()).Select(service => service.Name))}");
        }
        catch (Trouble trouble)
        {
            return new(Finding.Bad, $"Services: {trouble.Message}", trouble.Todo);
        }
    }

    Finding Writable()
    {
        try
        {
            data.Prepare();
            return new(Finding.Good, $"Data folder: {data.Root}");
        }
        catch (Trouble trouble)
        {
            return new(Finding.Bad, $"Data folder: {trouble.Message}", trouble.Todo);
        }
    }

    Finding Disk()
    {
        var free = new DriveInfo(data.Root).AvailableFreeSpace;
        return free >= DiskNeeded
            ? new(Finding.Good, $"Disk: {free >> 30} GB free")
            : new(Finding.Bad, $"Disk: {free >> 20} MB free", "Make room for 2 GB, or choose another disk with --data.");
    }

    static Finding Port(string option, int port, LauncherCard? running) =>
        port == 0 || Ports.IsFree(port) ? new(Finding.Good, $"Port {port} ({option}): free")
        : running is not null ? new(Finding.Good, $"Port {port} ({option}): in use while the store runs")
        : new(Finding.Bad, $"Port {port} ({option}): taken by another program", $"Stop that one, or choose another with {option}.");

    Finding LastRunState(LauncherCard? running) =>
        running is not null ? new(Finding.Good, $"Running: pid {running.Pid}, {running.Address}")
        : new LastRun(data, clock).Remains() is null ? new(Finding.Good, "Last run: ended well")
        : new(Finding.Good, "Last run: was killed; the next start cleans up");

    /// <summary>Every service watches its endpoint file, which takes an inotify instance each.</summary>
    static IEnumerable<Finding> Inotify()
    {
        const string limit = "/proc/sys/fs/inotify/max_user_instances";
        if (!File.Exists(limit) || !int.TryParse(File.ReadAllText(limit), out var instances))
            yield break;
        yield return instances >= 64
            ? new(Finding.Good, $"inotify: {instances} instances per user")
            : new(Finding.Bad, $"inotify: only {instances} instances per user", "sudo sysctl fs.inotify.max_user_instances=512");
    }
}

/// <summary>One thing looked at, and what to do about it.</summary>
sealed record Finding(string Mark, string What, string Todo = "")
{
    public const string Good = "[ok]  ";
    public const string Bad = "[FAIL]";
    public const string Optional = "[–]   ";
}
