namespace Souk.PlantedBugs;

/// <summary>What the judge says of a house after its day.</summary>
static class Verdicts
{
    /// <summary>Lives through a day with a bug and looks that the judge names exactly these invariants.</summary>
    /// <param name="violated">Those that it breaks.</param>
    /// <param name="plantAsync">Puts the bug in, before the day begins.</param>
    public static async Task CaughtAsync(string[] violated, Func<House, Task> plantAsync)
    {
        await using var house = await House.OpenAsync();
        await plantAsync(house);
        await Day.SpendAsync(house);
        var report = await house.AuditAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(Of(report));
        Assert.True(report.Results.Where(result => result.Verdict == Verdict.Violated).Select(result => result.Id).SequenceEqual(violated), Of(report));
    }

    /// <summary>The same for a bug that needs no waiting to be put in.</summary>
    public static Task CaughtAsync(string[] violated, Action<House> plant) => CaughtAsync(violated, house =>
    {
        plant(house);
        return Task.CompletedTask;
    });

    public static Task<AuditReport> AuditAsync(this House house) => Audit.RunAsync(StoreDatabases.In(house.Folder), new AuditOptions
    {
        Clock = new JudgesClock(house.Clock),
        Record = ClientAnswer.ReadAll(Shopper.RecordOf(house)),
        // Nothing moves any more unless it is told to: what is not at rest is stuck.
        WaitQuiet = TimeSpan.FromMilliseconds(1),
        LookAgainAfter = TimeSpan.FromMilliseconds(1),
    });

    public static string Of(AuditReport report) => string.Join('\n', report.Results
        .Where(result => result.Verdict is not (Verdict.Holds or Verdict.NotApplicable))
        .SelectMany(result => result.Findings.Select(finding => $"{result.Id} {finding.Subject} {finding.What}").DefaultIfEmpty($"{result.Id} {result.Verdict}: {result.LookedAt}"))
        .Prepend("found:"));

    /// <summary>The house's time of day, with waits that end by themselves.</summary>
    sealed class JudgesClock(TimeProvider house) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => house.GetUtcNow();
    }
}
