using System.Diagnostics;
using System.Globalization;

namespace Souk.Simulation;

/// <summary>Lives through the crash matrix: every single point, and on demand every pair.</summary>
/// <param name="jobs">How many stories side by side.</param>
/// <param name="said">Where to say how it goes.</param>
sealed class MatrixRun(int jobs, TextWriter said)
{
    readonly Lock _gate = new();

    /// <summary>How many runs there were, in how many a fault could not strike, and how many were broken.</summary>
    public (int Runs, int Unstruck, int Broken) Totals { get; private set; }

    /// <summary>What was broken.</summary>
    public List<string> Broken { get; } = [];

    /// <summary>Runs them all.</summary>
    /// <returns>The exit code: 0 when nothing was broken.</returns>
    public int Run(bool withPairs, string only = "")
    {
        var watch = Stopwatch.StartNew();
        List<CrashPoint> singles;
        using (var template = new Template()) singles = [.. new CrashMatrix(template).Singles().Where(point => point.ToString().Contains(only, StringComparison.Ordinal))];
        if (only.Length > 0) foreach (var point in singles) said.WriteLine(point);
        foreach (var story in singles.GroupBy(point => point.Story)) said.WriteLine($"{story.Count(),5} points: {story.Key}");
        Live([.. singles.Select(point => (IReadOnlyList<CrashPoint>)[point])], watch);
        Say("singles", watch);
        if (withPairs)
        {
            // In the order in which the story comes by them; what strikes twice at one site would be one fault.
            var bought = singles.Where(point => point.Story == "bought").ToList();
            Live([.. bought.SelectMany((first, at) => bought.Skip(at + 1).Where(second => second.Site != first.Site)
                .Select(second => (IReadOnlyList<CrashPoint>)[first, second]))], watch);
            Say("with pairs", watch);
        }
        return Broken.Count == 0 ? 0 : 1;
    }

    void Live(List<IReadOnlyList<CrashPoint>> runs, Stopwatch watch)
    {
        var next = -1;
        SideBySide.Run(jobs, Work, () => Say("…", watch));

        void Work(Template template)
        {
            var matrix = new CrashMatrix(template);
            while (Interlocked.Increment(ref next) is var at && at < runs.Count)
            {
                var (outcome, haveAllStruck) = matrix.Run(runs[at]);
                lock (_gate)
                {
                    Totals = (Totals.Runs + 1, Totals.Unstruck + (haveAllStruck ? 0 : 1), Totals.Broken + (outcome.IsClean ? 0 : 1));
                    if (outcome.IsClean) continue;
                    Broken.Add($"{string.Join(" and ", runs[at])}: {string.Join("; ", outcome.Broken.Take(3))}");
                    said.WriteLine(Broken[^1]);
                }
            }
        }
    }

    void Say(string what, Stopwatch watch)
    {
        lock (_gate)
        {
            said.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what}: {Totals.Runs} runs, {Totals.Unstruck} in which not every fault came to strike, {Totals.Broken} broken, {watch.Elapsed.TotalSeconds:0} s"));
        }
    }
}
