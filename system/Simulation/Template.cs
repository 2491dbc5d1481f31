using Souk.Platform.Security;

namespace Souk.Simulation;

/// <summary>
/// A store with its schemas made and its shelves full, at rest: each run begins with a copy of its files, so that none pays
/// for the migrations of eight services.
/// </summary>
sealed class Template : IDisposable
{
    /// <summary>What is sold. There is little of the lamp and of the vase: somebody will come too late.</summary>
    public static readonly string[] Products =
    [
        "mug,Mug,MUG,100000,12.50,400", "tee,Tee,TEE,100000,19.99,200", "lamp,Lamp,LAMP,3,89.00,2000", "bowl,Bowl,BOWL,100000,24.00,300",
        "vase,Vase,VASE,20,35.00,900", "rug,Rug,RUG,5000,149.00,4000", "cup,Cup,CUP,100000,7.25,150", "tray,Tray,TRAY,2000,31.00,700",
    ];

    readonly string _folder = NewFolder();

    public Template()
    {
        using var trace = new Trace();
        var world = new World(0, trace);
        var store = new Store(world, _folder, static _ => TimeSpan.Zero);
        store.Open();
        world.Begin(() => store.ImportAsync(Products));
        foreach (var outside in new[] { "gateway", "console" }) new ServiceKeys(Path.Combine(_folder, "keys")).Own(outside);
        world.Run(TimeSpan.FromSeconds(20));
        store.Close();
        Age = TimeSpan.FromTicks(world.Ticks);
    }

    /// <summary>How long its world ran: what comes after it comes later.</summary>
    public TimeSpan Age { get; }

    public string Copy()
    {
        var folder = NewFolder();
        Copy(_folder, folder);
        return folder;
    }

    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>In memory where the machine has such a place: nothing of it has to outlive the run.</summary>
    static string NewFolder()
    {
        const string Memory = "/dev/shm";
        var parent = Directory.Exists(Memory) ? Memory : Path.GetTempPath();
        return Directory.CreateDirectory(Path.Combine(parent, "souk-simulation-" + Path.GetRandomFileName())).FullName;
    }
}
