namespace Souk.PlantedBugs;

/// <summary>The judge has nothing to say of a store without a bug.</summary>
public sealed class NoBugTests
{
    [Fact]
    public async Task A_day_without_a_bug_is_clean()
    {
        await using var house = await House.OpenAsync();
        await Day.SpendAsync(house);
        var report = await house.AuditAsync();
        Assert.True(report.ExitCode == 0, Verdicts.Of(report));
        Assert.Equal(["I21"], report.Results.Where(result => result.Verdict == Verdict.NotApplicable).Select(result => result.Id));
        Assert.All(report.Results, result => Assert.False(result.LookedAt.StartsWith("0 ", StringComparison.Ordinal), result.Id));
    }
}
