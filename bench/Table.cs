using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Souk.Bench;

/// <summary>A table on the console and, dated, with the machine and the commit, in <c>bench/results</c>.</summary>
sealed class Table(string name, string title, string[] columns)
{
    readonly List<string[]> _rows = [];
    readonly List<string> _notes = [];

    public static string Number(double value) => value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    public static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "×";

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public void Row(params string[] cells)
    {
        _rows.Add(cells);
        Console.WriteLine(string.Join("  ", cells.Zip(columns, (cell, column) => $"{column} {cell}")));
    }

    public void Note(string text) => _notes.Add(text);

    public void Finish()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# {title}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}, commit {Commit()}, {Environment.ProcessorCount} cores, {Cpu()}, .NET {Environment.Version}.").AppendLine();
        text.AppendLine("| " + string.Join(" | ", columns) + " |");
        text.AppendLine("|" + string.Concat(Enumerable.Repeat("---|", columns.Length)));
        foreach (var row in _rows) text.AppendLine("| " + string.Join(" | ", row) + " |");
        foreach (var note in _notes) text.AppendLine().AppendLine(note);
        Console.WriteLine();
        Console.WriteLine(text);

        var folder = Path.Combine(Root(), "bench", "results");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}-{name}.md"), text.ToString());
    }

    /// <summary>The repository, found by walking up from the program.</summary>
    public static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Souk.slnx"))) return at.FullName;
        }
        throw new InvalidOperationException("Run the benchmarks inside the repository.");
    }

    static string Commit()
    {
        using var git = Process.Start(new ProcessStartInfo("git", "rev-parse --short HEAD")
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Root(),
        });
        return git?.StandardOutput.ReadToEnd().Trim() is { Length: > 0 } commit ? commit : "unknown";
    }

    static string Cpu() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':')[1].Trim() ?? "unknown processor"
        : "unknown processor";
}
