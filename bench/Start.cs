using System.Diagnostics;
using System.Globalization;

namespace Souk.Bench;

/// <summary>
/// Cold start to the first answer of <c>/health/ready</c> (which asks the database) and resident memory after five
/// quiet seconds: every service as it is released, beside a bare minimal API, on an empty SQLite file. With
/// <c>clang</c> on the machine also Cart and the bare one as Native AOT.
/// </summary>
static class Start
{
    static readonly (string Name, string Project)[] Programs =
    [
        ("bare", "bench/Bare"),
        ("catalog", "services/Catalog/src"),
        ("inventory", "services/Inventory/src"),
        ("cart", "services/Cart/src"),
        ("ordering", "services/Ordering/src"),
        ("payment", "services/Payment/src"),
        ("shipping", "services/Shipping/src"),
        ("notifications", "services/Notifications/src"),
        ("gateway", "gateway/src"),
        ("storefront", "web/Storefront/src"),
    ];

    public static async Task RunAsync(int rounds, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("souk-bench-").FullName;
        var programs = new List<(string Name, string File)>();
        foreach (var (name, project) in Programs) programs.Add((name, Publish(project, Path.Combine(folder, name), aot: false)));
        if (HasClang())
        {
            programs.Add(("bare, AOT", Publish("bench/Bare", Path.Combine(folder, "bare-aot"), aot: true)));
            programs.Add(("cart, AOT", Publish("services/Cart/src", Path.Combine(folder, "cart-aot"), aot: true)));
        }

        var times = programs.ToDictionary(program => program.Name, _ => new List<double>());
        var memory = programs.ToDictionary(program => program.Name, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, file) in programs)
            {
                var data = Directory.CreateTempSubdirectory("souk-bench-").FullName;
                var watch = Stopwatch.StartNew();
                using (var child = await Child.StartAsync(file, [], new Dictionary<string, string>
                {
                    ["Souk__Keys"] = Path.Combine(data, "keys"),
                    ["Souk__StopWithStdin"] = "true",
                    ["ConnectionStrings__Database"] = "Data Source=" + Path.Combine(data, "bench.db"),
                }))
                {
                    times[name].Add(watch.Elapsed.TotalMilliseconds);
                    await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, cancellation);
                    memory[name].Add(child.ResidentMb);
                }
                Directory.Delete(data, recursive: true);
            }
        }

        var table = new Table("start", $"Cold start and idle memory, medians of {rounds.ToString(CultureInfo.InvariantCulture)} rounds",
            ["program", "first answer ms", "× bare", "resident MB", "× bare"]);
        foreach (var (name, _) in programs)
        {
            var bare = name.EndsWith("AOT", StringComparison.Ordinal) ? "bare, AOT" : "bare";
            var time = Table.Median(times[name]);
            var resident = Table.Median(memory[name]);
            table.Row(name, Table.Number(time), Table.Ratio(time / Table.Median(times[bare])),
                Table.Number(resident), Table.Ratio(resident / Table.Median(memory[bare])));
        }
        table.Finish();
        Directory.Delete(folder, recursive: true);
    }

    static string Publish(string project, string output, bool aot)
    {
        Console.WriteLine($"publishing {project}{(aot ? " (Native AOT)" : "")}");
        var root = Table.Root();
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = root, RedirectStandardOutput = true };
        string[] arguments = ["publish", project, "-c", "Release", "-o", output, "-v", "quiet", "--nologo"];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        if (aot)
        {
            start.ArgumentList.Add("-p:PublishAot=true");
            start.ArgumentList.Add("--use-current-runtime");
            start.ArgumentList.Add("-p:ArtifactsPath=" + output + "-obj");
        }
        using var process = Process.Start(start)!;
        var log = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException(log);
        var settings = Directory.GetFiles(output, "Souk.*.runtimeconfig.json").FirstOrDefault()
            ?? Directory.GetFiles(output, "Souk.*.dbg").First();
        return Path.Combine(output, Path.GetFileName(settings)
            .Replace(".runtimeconfig.json", "", StringComparison.Ordinal).Replace(".dbg", "", StringComparison.Ordinal));
    }

    static bool HasClang() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "clang")));
}
