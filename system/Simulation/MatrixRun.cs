using System.Diagnostics;
using System.Globalization;

namespace Souk.Simulation;

/// <summary>Lives through the crash matrix: every single point, and on demand every pair of points of a story.</summary>
/// <param name="jobs">How many stories side by side.</param>
/// <param name="said">Where to say how it goes.</param>
/// <param name="plant">Puts something wrong into each store; null: nothing.</param>
sealed class MatrixRun(int jobs, TextWriter said, Action<Store>? plant = null)
{
    // So many stories one after the other in one world.
    const int InAWorld = 24;

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
            Live([.. singles.GroupBy(point => point.Story).SelectMany(story => story.SelectMany((first, at) => story.Skip(at + 1)
                .Where(second => second.Site != first.Site).Select(second => (IReadOnlyList<CrashPoint>)[first, second])))], watch);
            Say("with pairs", watch);
        }
        return Broken.Count == 0 ? 0 : 1;
    }

    void Live(List<IReadOnlyList<CrashPoint>> runs, Stopwatch watch)
    {
        // Neighbours are of one story and one kind of fault: each world has some of everything.
        var worlds = (runs.Count + InAWorld - 1) / InAWorld;
        var next = -1;
        SideBySide.Run(jobs, Work, () => Say("…", watch));

        void Work(Template template)
        {
            var matrix = new CrashMatrix(template, plant);
            while (Interlocked.Increment(ref next) is var world && world < worlds)
            {
                List<IReadOnlyList<CrashPoint>> lives = [.. runs.Where((_, at) => at % worlds == world)];
                var (outcome, unstruck) = matrix.Run(lives);
                Count(lives.Count - unstruck.Count, 0);
                // What a store that has just opened does and an older one does not is looked at alone, as is what went wrong among others.
                var broken = 0;
                foreach (var points in outcome.IsClean ? unstruck : lives)
                {
                    var (alone, isUnstruck) = matrix.Run(points);
                    if (unstruck.Contains(points)) Count(1, isUnstruck.Count);
                    if (alone.IsClean) continue;
                    broken++;
                    Break(string.Join(" and ", points), alone);
                }
                if (!outcome.IsClean && broken == 0) Break("together: " + string.Join("; ", lives.Select(points => string.Join(" and ", points))), outcome);
            }
        }
    }

    void Count(int runs, int unstruck)
    {
        lock (_gate) Totals = (Totals.Runs + runs, Totals.Unstruck + unstruck, Totals.Broken);
    }

    void Break(string what, Outcome outcome)
    {
        lock (_gate)
        {
            Totals = (Totals.Runs, Totals.Unstruck, Totals.Broken + 1);
            Broken.Add($"{what}: {string.Join("; ", outcome.Broken.Take(3))}");
            said.WriteLine(Broken[^1]);
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
