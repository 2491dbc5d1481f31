using System.Globalization;

namespace Souk.Simulation;

/// <summary>
/// Seeds that once broke something, a file each in <c>system/graveyard</c>: run first, for ever. A file's first line is the
/// command that runs it, the rest is what it broke.
/// </summary>
static class Graveyard
{
    const string Program = "dotnet run -c Release --project system/Simulation -- ";

    public static string Folder => Path.Combine(Repository.Root, "system", "graveyard");

    /// <summary>The runs that are there.</summary>
    public static IEnumerable<Plan> Plans => !Directory.Exists(Folder) ? [] : Directory.EnumerateFiles(Folder, "*.txt")
        .Order(StringComparer.Ordinal).Select(file => Read(File.ReadLines(file).First()));

    public static string CommandOf(Plan plan) => string.Create(CultureInfo.InvariantCulture,
        $"{Program}--seed {plan.Seed}{(plan.Checkouts is { } checkouts ? $" --checkouts {checkouts}" : "")}{(plan.EveryFault ? " --every-fault" : "")}{(plan.Faults ? "" : " --no-faults")}");

    /// <summary>Keeps a run.</summary>
    /// <returns>Its file.</returns>
    public static string Bury(Plan plan, Outcome outcome)
    {
        Directory.CreateDirectory(Folder);
        var file = Path.Combine(Folder, $"seed-{plan.Seed}.txt");
        File.WriteAllLines(file, [CommandOf(plan), .. outcome.Broken.Take(20)]);
        return Path.GetRelativePath(Repository.Root, file);
    }

    static Plan Read(string command)
    {
        var words = command.Split(' ');
        return new Plan(ulong.Parse(After("--seed")!, CultureInfo.InvariantCulture),
            After("--checkouts") is { } checkouts ? int.Parse(checkouts, CultureInfo.InvariantCulture) : null,
            !words.Contains("--no-faults"), words.Contains("--every-fault"));

        string? After(string option) => Array.IndexOf(words, option) is >= 0 and var at ? words[at + 1] : null;
    }
}
