using System.Diagnostics;
using System.Globalization;

namespace Souk.Simulation.PlantedBugs;

/// <summary>Where a bug was caught.</summary>
/// <param name="Seed">The first seed that showed it.</param>
/// <param name="Took">How long the hunt took, by the wall's clock.</param>
/// <param name="Checkouts">How many there were until then.</param>
/// <param name="Violated">Everything that the judge named, expected of this bug or not.</param>
sealed record Catch(ulong Seed, TimeSpan Took, int Checkouts, IReadOnlyList<string> Violated);

/// <summary>
/// Looks for a bug as the simulation looks for those that nobody planted: the same shoppers, the same faults, seed after seed.
/// Only what the judge says counts; a world that comes to an end, or a number that looks odd, has caught nothing.
/// </summary>
static class BugHunt
{
    public const int SeedsMax = 20;

    const int Checkouts = 30;

    /// <summary>What a run with a seed is like.</summary>
    public static Plan PlanOf(ulong seed, TimeSpan? rest = null) => new(seed, Checkouts, Rest: rest);

    /// <summary>Goes after a bug from seed 1 on; null: it got away.</summary>
    public static Catch? Hunt(Template template, PlantedBug bug)
    {
        var watch = Stopwatch.StartNew();
        var checkouts = 0;
        for (var seed = 1UL; seed <= SeedsMax; seed++)
        {
            var outcome = Simulated.Run(template, PlanOf(seed, bug.Rest), bug.Plant);
            checkouts += outcome.Checkouts;
            if (ViolatedIn(outcome) is { Count: > 0 } violated && violated.Intersect(bug.Invariants).Any()) return new Catch(seed, watch.Elapsed, checkouts, violated);
        }
        return null;
    }

    /// <summary>Hunts them all, and says in a table how it went.</summary>
    /// <returns>The exit code: 0 when none got away.</returns>
    public static int HuntAll(TextWriter said, string only)
    {
        using var template = new Template();
        var away = 0;
        said.WriteLine("| Bug | Caught by | Seed | Seconds | Checkouts |\n|---|---|--:|--:|--:|");
        foreach (var bug in Bugs.All.Where(bug => bug.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var caught = Hunt(template, bug);
            if (caught is null) away++;
            said.WriteLine(caught is null ? $"| {bug} | nothing | | | |" : string.Create(CultureInfo.InvariantCulture,
                $"| {bug} | {string.Join(", ", caught.Violated)} | {caught.Seed} | {caught.Took.TotalSeconds:0.0} | {caught.Checkouts} |"));
        }
        said.WriteLine(away == 0 ? "every bug was caught" : $"{away} got away");
        return away == 0 ? 0 : 1;
    }

    static List<string> ViolatedIn(Outcome outcome) =>
        [.. (outcome.Report?.Results ?? []).Where(result => result.Verdict == Verdict.Violated).Select(result => result.Id)];
}
