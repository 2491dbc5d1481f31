using Souk.Simulation.PlantedBugs;

namespace Souk.Simulation;

/// <summary>The judge and the faults together see what is wrong: each bug that is put in is caught, and nothing is where none is.</summary>
public sealed class PlantedBugTests(PlantedBugTests.Shelves shelves) : IClassFixture<PlantedBugTests.Shelves>
{
    const int BugsMin = 30;
    const int CleanSeeds = 4;

    public static TheoryData<string> Names => [.. Bugs.All.Select(bug => bug.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_bug_is_caught(string name)
    {
        var caught = BugHunt.Hunt(shelves.Template, Bugs.Named(name));
        Assert.True(caught is not null, $"It got away, {BugHunt.SeedsMax} times.");
        TestContext.Current.TestOutputHelper?.WriteLine(caught.ToString());
    }

    [Fact]
    public void There_are_at_least_thirty() => Assert.InRange(Bugs.All.Select(bug => bug.Name).Distinct().Count(), BugsMin, int.MaxValue);

    [Fact]
    public void The_same_runs_without_a_bug_are_clean_and_there_was_something_to_look_at()
    {
        var results = EachIsClean(rest: null, static _ => { }).SelectMany(outcome => outcome.Report!.Results).ToLookup(result => result.Id);
        // There are no users in the store (I21).
        Assert.All(results.Where(invariant => invariant.Key != "I21"), invariant =>
            Assert.Contains(invariant, result => result.Verdict == Verdict.Holds && result.LookedAt.AsSpan().ContainsAnyInRange('1', '9')));
    }

    /// <summary>
    /// What the provider has done after a no is found in its ledger, and taken back. Of a capture that was taken for refused
    /// this would not be so: its order is one for a person to look at.
    /// </summary>
    [Fact]
    public void Silence_that_is_taken_for_a_decline_is_made_good_by_reconciliation()
    {
        var taken = 0;
        // Payment is seldom silent: on to the seed in which it is.
        for (var seed = 1UL; taken == 0 && seed <= BugHunt.SeedsMax; seed++)
        {
            SimulationTests.Clean(Run(seed, rest: null, store => MoneyBugs.TakeSilenceForNo(store, call => MoneyBugs.IsAuthorization(call) && ++taken > 0)));
        }
        Assert.NotEqual(0, taken);
    }

    [Fact]
    public void What_is_held_and_never_released_expires() => EachIsClean(StockBugs.HeldFor, StockBugs.ReleaseOfHeldIsLost);

    List<Outcome> EachIsClean(TimeSpan? rest, Action<Store> plant)
    {
        var outcomes = new List<Outcome>();
        for (var seed = 1UL; seed <= CleanSeeds; seed++) outcomes.Add(Run(seed, rest, plant));
        Assert.All(outcomes, SimulationTests.Clean);
        return outcomes;
    }

    Outcome Run(ulong seed, TimeSpan? rest, Action<Store> plant) => Simulated.Run(shelves.Template, BugHunt.PlanOf(seed, rest), plant);

    /// <summary>One template for all: each run has a copy of it.</summary>
    public sealed class Shelves : IDisposable
    {
        internal Template Template { get; } = new();

        public void Dispose() => Template.Dispose();
    }
}
