using Souk.Simulation.PlantedBugs;

namespace Souk.Simulation;

/// <summary>What the simulation promises of itself, and of the store.</summary>
public sealed class SimulationTests
{
    // Two worlds side by side: as many as a small machine has cores.
    const int Jobs = 2;
    const int Seeds = 500;
    const int PointsMin = 100;

    /// <summary>First, for ever: what once broke.</summary>
    [Fact]
    public void What_once_broke_breaks_no_more()
    {
        using var template = new Template();
        Assert.All(Graveyard.Plans, plan => Clean(Simulated.Run(template, plan)));
    }

    [Fact]
    public void The_same_seed_does_the_same_twice_with_every_fault_on()
    {
        using var template = new Template();
        for (var seed = 1UL; seed <= 10; seed++)
        {
            var plan = new Plan(seed, Checkouts: 10, EveryFault: true);
            Assert.Equal(Simulated.Run(template, plan).Hash, Simulated.Run(template, plan).Hash);
        }
    }

    [Fact]
    public void Another_seed_does_something_else()
    {
        using var template = new Template();
        Assert.NotEqual(Simulated.Run(template, new Plan(1, Checkouts: 3)).Hash, Simulated.Run(template, new Plan(2, Checkouts: 3)).Hash);
    }

    [Fact]
    public void Five_hundred_seeds_break_nothing()
    {
        var said = new StringWriter();
        var campaign = new Campaign(new Plan(1, Checkouts: 12), twice: false, Jobs, said);
        Assert.True(campaign.Run(Seeds, length: null, TestContext.Current.CancellationToken) == 0, said.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(said.ToString());
        // A run that did no work is no pass, and neither is one in which nothing went wrong.
        Assert.InRange(campaign.Totals.Completed, Seeds * 6, long.MaxValue);
        Assert.InRange(campaign.Totals.Faults, Seeds * 2, long.MaxValue);
        Assert.InRange(campaign.Totals.Kills, Seeds / 10, long.MaxValue);
    }

    [Fact]
    public void Every_single_crash_point_breaks_nothing()
    {
        var said = new StringWriter();
        var matrix = new MatrixRun(Jobs, said);
        Assert.True(matrix.Run(withPairs: false) == 0, said.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(said.ToString());
        Assert.InRange(matrix.Totals.Runs, PointsMin, int.MaxValue);
        Assert.Equal(0, matrix.Totals.Unstruck);
    }

    /// <summary>Lived among others in one world, and still each is told by its name.</summary>
    [Fact]
    public void A_crash_point_that_brings_a_bug_to_light_is_named()
    {
        var matrix = new MatrixRun(Jobs, new StringWriter(), store =>
        {
            var asked = new HashSet<string>();
            store.On("payment", "sandbox", HttpMethod.Post, "/v1/authorizations", async (call, send) =>
                await send(asked.Add($"{call.Path} {call.Key()}") ? call : await call.WithKeyAsync(call.Key() + "-again")));
        });
        Assert.Equal(1, matrix.Run(withPairs: false, only: "bought: fail after"));
        Assert.NotEmpty(matrix.Broken);
        Assert.All(matrix.Broken, broken => Assert.Contains("sandbox POST /v1/authorizations", broken, StringComparison.Ordinal));
    }

    /// <summary>A fault switch that strikes nobody would make every other test here worthless.</summary>
    [Fact]
    public void Each_kind_of_fault_is_felt()
    {
        using var template = new Template();
        string[] kinds = [.. Enum.GetNames<Fate>().Where(fate => fate != nameof(Fate.Carried)), "kill"];
        var felt = new HashSet<string>();
        for (var seed = 1UL; seed <= 30 && !kinds.All(felt.Contains); seed++)
        {
            var outcome = Simulated.Run(template, new Plan(seed, Checkouts: 20, EveryFault: true, IsTold: true));
            Clean(outcome);
            foreach (var call in outcome.Calls) felt.Add(call.What);
        }
        Assert.All(kinds, kind => Assert.Contains(kind, felt));
    }

    internal static void Clean(Outcome outcome) => Assert.True(outcome.IsClean, string.Join('\n', outcome.Broken.Prepend(Graveyard.CommandOf(outcome.Plan))));
}
