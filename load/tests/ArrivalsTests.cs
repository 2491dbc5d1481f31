namespace Souk.Load.Tests;

public sealed class ArrivalsTests
{
    [Fact]
    public void Shoppers_arrive_at_the_rate_and_independently_of_each_other()
    {
        var times = Arrivals.At(rate: 50, seed: 3).Take(20_000).Select(time => time.TotalSeconds).ToArray();
        Assert.InRange(times[^1], 20_000 / 50.0 * 0.97, 20_000 / 50.0 * 1.03);
        var gaps = times.Skip(1).Zip(times, (later, earlier) => later - earlier).ToArray();
        Assert.All(gaps, gap => Assert.True(gap >= 0));
        // Of exponential gaps 1/e are longer than the mean, and 1/e³ longer than three times the mean.
        Assert.InRange(gaps.Count(gap => gap > 1 / 50.0) / (double)gaps.Length, 0.355, 0.381);
        Assert.InRange(gaps.Count(gap => gap > 3 / 50.0) / (double)gaps.Length, 0.045, 0.055);
    }

    [Fact]
    public void The_same_seed_gives_the_same_times_and_another_gives_others()
    {
        Assert.Equal(Arrivals.At(10, 1).Take(100), Arrivals.At(10, 1).Take(100));
        Assert.NotEqual(Arrivals.At(10, 1).Take(100), Arrivals.At(10, 2).Take(100));
    }

    [Fact]
    public void Chance_is_even_and_nobodys_draws_change_anothers()
    {
        var draws = Enumerable.Range(0, 10_000).Select(shopper => new Chance(1, shopper).Next()).ToArray();
        Assert.InRange(draws.Average(), 0.49, 0.51);
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(draws.Count(draw => (int)(draw * 10) == tenth), 900, 1100));
        Assert.Equal(10_000, Enumerable.Range(0, 10_000).Select(shopper => new Chance(1, shopper).Key()).Distinct().Count());
    }

    [Fact]
    public void Weights_are_kept()
    {
        var weights = Weights.Parse("browse=60, buy=30,cancel=0 ,return=10");
        var picked = Enumerable.Range(0, 1000).Select(i => weights.Pick(i / 1000.0)).CountBy(name => name).ToDictionary();
        Assert.Equal((600, 300, 100, 3), (picked["browse"], picked["buy"], picked["return"], picked.Count));
        Assert.Equal("buy", Weights.Parse("buy").Pick(0.999999));
    }

    [Theory]
    [InlineData(""), InlineData("buy=0"), InlineData("buy=many"), InlineData("=3"), InlineData("buy=-1"), InlineData("buy=NaN")]
    public void What_is_no_weight_is_said(string text) => Assert.Throws<FormatException>(() => Weights.Parse(text));
}
