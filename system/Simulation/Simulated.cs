using Microsoft.Extensions.DependencyInjection;

namespace Souk.Simulation;

/// <summary>What a run is to be like.</summary>
/// <param name="Seed">Decides everything else.</param>
/// <param name="Checkouts">Shoppers; null: drawn.</param>
/// <param name="Faults">Whether anything goes wrong.</param>
/// <param name="EveryFault">Whether every kind of fault is on, and none left out.</param>
/// <param name="IsTold">Whether the trace is kept, so that its story can be told.</param>
/// <param name="Keep">Where to leave the databases; null: they are removed.</param>
/// <param name="Rest">How long the store has to come to rest when the world is well again; null: a minute.</param>
sealed record Plan(
    ulong Seed, int? Checkouts = null, bool Faults = true, bool EveryFault = false, bool IsTold = false, string? Keep = null, TimeSpan? Rest = null);

/// <summary>How a run went.</summary>
/// <param name="Plan">What it was to be like.</param>
/// <param name="Hash">Of its trace.</param>
/// <param name="Checkouts">Orders that came to be.</param>
/// <param name="Completed">Those that were paid and sent.</param>
/// <param name="Events">Steps of the world.</param>
/// <param name="Faults">That struck.</param>
/// <param name="Kills">Of processes.</param>
/// <param name="Report">What the judge says at the end.</param>
/// <param name="Broken">What was broken, during the run or after it; empty: nothing.</param>
/// <param name="Calls">The trace, where it was kept.</param>
sealed record Outcome(
    Plan Plan, string Hash, int Checkouts, int Completed, long Events, long Faults, int Kills, AuditReport? Report, IReadOnlyList<string> Broken,
    IReadOnlyList<TracedCall> Calls)
{
    public bool IsClean => Broken.Count == 0;
}

/// <summary>A story and what goes wrong in it.</summary>
/// <param name="Name">Of who lives it: nobody else in its world has the same.</param>
/// <param name="Faults">What goes wrong.</param>
/// <param name="Story">What is done.</param>
sealed record Life(string Name, IFaultPlan Faults, Func<Customer, Task> Story);

/// <summary>
/// One run of the whole store from one seed. First everything goes wrong that this seed's mix of faults has; then the world
/// is well again, and the store has a minute to come to rest. The judge looks at what may never be wrong in the middle of it,
/// and at everything at the end.
/// </summary>
static class Simulated
{
    static readonly HashSet<string> Always = new(["I3", "I5", "I6"], StringComparer.Ordinal);

    // Shoppers come so fast, at most.
    const int PerSecondMax = 60;

    const int OrdersMin = 10;

    static readonly TimeSpan Healing = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Reading = TimeSpan.FromSeconds(5);

    /// <summary>Runs a seed.</summary>
    /// <param name="template">What it begins with.</param>
    /// <param name="plan">What it is to be like.</param>
    /// <param name="plant">Puts something wrong in, after the start; null: nothing.</param>
    public static Outcome Run(Template template, Plan plan, Action<Store>? plant = null)
    {
        FaultMix? mix = null;
        return Run(template, plan, world => mix = new FaultMix(world.Chance.Fork(), plan.EveryFault), (world, store, outside, broken) =>
        {
            plant?.Invoke(store);
            Shop(world, store, outside, plan, mix!, broken);
        });
    }

    /// <summary>Lives one life after the other in the same world, each under its own plan of faults.</summary>
    public static Outcome Live(Template template, Plan plan, IEnumerable<Life> lives, Action<Store>? plant = null) =>
        Run(template, plan, _ => null, (world, store, outside, broken) =>
        {
            plant?.Invoke(store);
            world.Run(TimeSpan.FromSeconds(1));
            foreach (var life in lives)
            {
                var isOver = false;
                store.Network.Plan = life.Faults;
                world.Begin(async () =>
                {
                    await life.Story(new Customer(store, outside, life.Name));
                    isOver = true;
                });
                if (!world.RunUntil(TimeSpan.FromMinutes(3), () => isOver)) broken.Add($"{life.Name}: the story never came to its end.");
                world.Run(TimeSpan.FromSeconds(5));
            }
        });

    static Outcome Run(Template template, Plan plan, Func<World, FaultMix?> mixOf, Action<World, Store, Outside, List<string>> live)
    {
        using var trace = new Trace(plan.IsTold);
        var world = new World(plan.Seed, trace, template.Age);
        var mix = mixOf(world);
        var folder = template.Copy();
        var store = new Store(world, folder, service => plan.Faults && mix is not null ? mix.ClockOffset[service] : TimeSpan.Zero);
        var outside = new Outside(store);
        var broken = new List<string>();
        AuditReport? report = null;
        try
        {
            store.Open();
            live(world, store, outside, broken);
            Heal(world, store, outside, plan.Rest ?? Healing, broken);
            report = store.Audit(outside.Record);
            broken.AddRange(report.Results.Where(result => result.Verdict is Verdict.Violated)
                .SelectMany(result => result.Findings.Select(finding => $"{result.Id} {finding.Subject} {finding.What}")));
            var (placed, completed) = Count(store);
            // Few orders need not end in a sale, and neither does a story.
            broken.AddRange(report.Results.Where(result => result.Verdict is Verdict.Unknown && (result.Id != "I24" || (mix is not null && placed >= OrdersMin)))
                .Select(result => $"{result.Id} unknown: {result.LookedAt}"));
            return new Outcome(plan, trace.Hash(), placed, completed, world.Events, store.Network.Faults, store.Network.Machines.Sum(machine => machine.Kills), report, broken, trace.Calls);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A failure of the world is the run's failure, and has its seed as any other.
            broken.Add(error.ToString());
            return new Outcome(plan, trace.Hash(), 0, 0, world.Events, store.Network.Faults, 0, report, broken, trace.Calls);
        }
        finally
        {
            store.Close();
            if (plan.Keep is { } keep) Template.Copy(folder, keep);
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Shop(World world, Store store, Outside outside, Plan plan, FaultMix mix, List<string> broken)
    {
        var chance = world.Chance.Fork();
        var shoppers = plan.Checkouts ?? 1 + chance.Below(60);
        var length = TimeSpan.FromSeconds(shoppers / (1 + chance.NextDouble() * PerSecondMax) + 1);
        for (var number = 0; number < shoppers; number++)
        {
            var shopper = new Shopper(store, outside, chance.Fork(), $"shopper-{number}");
            world.After(length * chance.NextDouble(), () => world.Begin(shopper.ShopAsync));
        }
        // Meanwhile prices change, and something comes in.
        world.After(length * chance.NextDouble(), () => world.Begin(() => RepriceAsync(store, chance)));
        for (var looks = 0; looks < 2; looks++) world.After(length * chance.NextDouble(), () => Look(store, outside, broken));

        if (plan.Faults)
        {
            world.Begin(() => store.TurnAsync(mix.Switches));
            world.Run(TimeSpan.FromMilliseconds(50));
            store.Network.Plan = mix;
            KillNow(world, store, mix, chance.Fork());
        }
        world.Run(length + chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)));
    }

    static void Heal(World world, Store store, Outside outside, TimeSpan rest, List<string> broken)
    {
        store.Network.Plan = new NoFaults(world.Chance.Fork());
        world.Trace.Add("healed", "world");
        // Whoever is away comes back by itself, and soon.
        world.Run(TimeSpan.FromSeconds(4));
        world.Begin(() => store.TurnAsync("{}"));
        world.Run(rest);
        // Of many parcels there is always one that takes a step, and its news is read a moment later: they stand, and it is read.
        store.Network["shipping"].Still.Add("sandbox carrier");
        world.Run(Reading);
        Look(store, outside, broken);
    }

    /// <summary>Kills somebody now and then, as long as the world is not well.</summary>
    static void KillNow(World world, Store store, FaultMix mix, Chance chance)
    {
        if (mix.KillEvery is not { } every) return;
        world.After(every * (0.5 + chance.NextDouble()), () =>
        {
            if (store.Network.Plan != mix) return;
            var service = chance.Of<string>([.. Store.Services]);
            if (store.Network[service].Process is not null) store.Network.Struck();
            store.Network[service].Kill(mix.DownFor());
            KillNow(world, store, mix, chance);
        });
    }

    static async Task RepriceAsync(Store store, Chance chance)
    {
        try
        {
            await store.ImportAsync("tee,Tee,TEE,100000,17.99,200", "cup,Cup,CUP,100000," + (5 + chance.Below(4)) + ".50,150");
        }
        catch (HttpRequestException)
        {
            // Staff will try again another day.
        }
    }

    /// <summary>Looks at what may never be wrong, not for a moment.</summary>
    static void Look(Store store, Outside outside, List<string> broken)
    {
        foreach (var result in store.Audit(outside.Record, Always).Results.Where(result => result.Verdict == Verdict.Violated))
        {
            broken.AddRange(result.Findings.Select(finding => $"{result.Id} (always) {finding.Subject} {finding.What}"));
        }
    }

    static (int Placed, int Completed) Count(Store store)
    {
        var database = store.Network["ordering"].Process!.Services.GetRequiredService<Database>();
        return World.Finished(database.ReadAsync(async session => (
            (int)await session.LongAsync($"SELECT COUNT(*) FROM orders"),
            (int)await session.LongAsync($"SELECT COUNT(*) FROM saga WHERE name = 'checkout' AND state = 'Completed'"))));
    }
}
