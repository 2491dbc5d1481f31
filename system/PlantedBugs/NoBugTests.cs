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

    [Theory]
    [InlineData("inventory", 50)]
    [InlineData("payment", -50)]
    [InlineData("ordering", 50)]
    public async Task A_clock_that_is_wrong_by_less_than_a_minute_is_no_bug(string service, int seconds)
    {
        await using var house = await House.OpenAsync(name => name == service ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero);
        await Day.SpendAsync(house);
        var report = await house.AuditAsync();
        Assert.True(report.ExitCode == 0, Verdicts.Of(report));
    }
}
