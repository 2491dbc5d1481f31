using System.Diagnostics;
using System.Globalization;

namespace Souk.Simulation;

/// <summary>Runs many seeds, or one again, and says what came of it.</summary>
/// <param name="like">What each run is to be like, with the first seed.</param>
/// <param name="twice">Whether each is run twice and the traces are compared.</param>
/// <param name="jobs">How many side by side.</param>
/// <param name="said">Where to say it.</param>
sealed class Campaign(Plan like, bool twice, int jobs, TextWriter said)
{
    readonly Lock _gate = new();

    /// <summary>What the runs came to so far.</summary>
    public Totals Totals { get; } = new();

    /// <summary>Runs the one seed and prints the hash of its trace, and its story where something broke.</summary>
    /// <returns>The exit code.</returns>
    public int Replay()
    {
        using var template = new Template();
        var outcome = Simulated.Run(template, like with { IsTold = true });
        said.WriteLine($"seed {like.Seed}: {outcome.Checkouts} checkouts, {outcome.Completed} completed, {outcome.Faults} faults, {outcome.Kills} kills, {outcome.Events} events");
        if (!outcome.IsClean) said.WriteLine(Story.Of(outcome));
        said.WriteLine(outcome.Hash);
        return outcome.IsClean ? 0 : 1;
    }

    /// <summary>Runs seeds, one after the other from the first, so many or for so long; each failing one is kept in the graveyard.</summary>
    /// <returns>The exit code: 0 when nothing was broken.</returns>
    public int Run(int? count, TimeSpan? length, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var next = -1;
        SideBySide.Run(jobs, Work, () => Say(Totals.Line(watch.Elapsed, "…")));
        Say(Totals.Line(watch.Elapsed, "total"));
        return Totals.Violations == 0 ? 0 : 1;

        void Work(Template template)
        {
            while (!cancellation.IsCancellationRequested && (length is null || watch.Elapsed < length))
            {
                var number = Interlocked.Increment(ref next);
                if (number >= count) return;
                One(template, like with { Seed = like.Seed + (ulong)number });
            }
        }
    }

    void One(Template template, Plan plan)
    {
        var outcome = Simulated.Run(template, plan);
        if (outcome.IsClean && twice && Simulated.Run(template, plan) is var again && again.Hash != outcome.Hash)
        {
            outcome = outcome with { Broken = [$"the same seed ran differently: {outcome.Hash} and {again.Hash}"] };
        }
        lock (_gate) Totals.Add(outcome);
        if (outcome.IsClean) return;
        var story = Story.Of(Simulated.Run(template, plan with { IsTold = true }));
        Say($"seed {plan.Seed}: {string.Join("\n  ", outcome.Broken.Take(10))}\n{story}\nkept as {Graveyard.Bury(plan, outcome)}; again: {Graveyard.CommandOf(plan)}");
    }

    void Say(string text)
    {
        lock (_gate) said.WriteLine(text);
    }
}

/// <summary>What many runs came to.</summary>
sealed class Totals
{
    public int Seeds { get; private set; }

    public long Checkouts { get; private set; }

    public long Completed { get; private set; }

    public long Faults { get; private set; }

    public long Kills { get; private set; }

    public long Events { get; private set; }

    public int Violations { get; private set; }

    public void Add(Outcome outcome)
    {
        Seeds++;
        Checkouts += outcome.Checkouts;
        Completed += outcome.Completed;
        Faults += outcome.Faults;
        Kills += outcome.Kills;
        Events += outcome.Events;
        Violations += outcome.Broken.Count;
    }

    public string Line(TimeSpan elapsed, string what) => string.Create(CultureInfo.InvariantCulture,
        $"{what}: {Seeds} seeds, {Checkouts} checkouts ({Completed} completed), {Faults} faults, {Kills} kills, {Events} events, {Violations} violations, {Checkouts / elapsed.TotalSeconds:0} checkouts/s");
}
