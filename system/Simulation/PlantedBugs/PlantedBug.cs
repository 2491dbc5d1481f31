namespace Souk.Simulation.PlantedBugs;

/// <summary>A bug that a release might have had. No service knows of it: it is put into a store that runs, from outside.</summary>
/// <param name="Name">What is wrong, as a sentence.</param>
/// <param name="Invariants">Those that it breaks: it is caught when the judge names one of them.</param>
/// <param name="Plant">Puts it in, before anybody comes to buy. Whatever it remembers lives as long as this one run.</param>
sealed record PlantedBug(string Name, string[] Invariants, Action<Store> Plant)
{
    /// <summary>How long the store has to come to rest, where the bug shows later than a minute; null: as in every run.</summary>
    public TimeSpan? Rest { get; init; }

    public override string ToString() => Name;
}

/// <summary>Every bug that is planted.</summary>
static class Bugs
{
    public static readonly IReadOnlyList<PlantedBug> All = [.. MoneyBugs.All, .. OrderBugs.All, .. EventBugs.All, .. StockBugs.All];

    public static PlantedBug Named(string name) => All.Single(bug => bug.Name == name);
}
