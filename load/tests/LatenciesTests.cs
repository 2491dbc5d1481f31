namespace Souk.Load.Tests;

public sealed class LatenciesTests
{
    [Fact]
    public void A_percentile_is_never_below_the_truth_and_hardly_above_it()
    {
        var chance = new Chance(seed: 7, stream: 0);
        // From a microsecond to a minute, the short ones more often.
        var lengths = Enumerable.Range(0, 20_000).Select(_ => (long)Math.Pow(10, chance.Next() * 7.7)).ToArray();
        var latencies = new Latencies();
        foreach (var micros in lengths) latencies.Add(TimeSpan.FromMicroseconds(micros));
        Array.Sort(lengths);
        foreach (var share in new[] { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var truth = lengths[(int)Math.Ceiling(share * lengths.Length) - 1];
            Assert.InRange(latencies.At(share).TotalMicroseconds, truth, truth * (1 + 1.0 / 64));
        }
        Assert.Equal((20_000, lengths[^1]), (latencies.Count, (long)latencies.Max.TotalMicroseconds));
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(63), InlineData(64), InlineData(127), InlineData(128), InlineData(1_000_003), InlineData(86_400_000_000)]
    public void A_single_length_is_every_percentile(long micros)
    {
        var latencies = new Latencies();
        latencies.Add(TimeSpan.FromMicroseconds(micros));
        foreach (var share in new[] { 0, 0.5, 1 }) Assert.Equal(micros, (long)latencies.At(share).TotalMicroseconds);
    }

    [Fact]
    public void None_are_zero() => Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, 0), (new Latencies().At(0.99), new Latencies().Max, new Latencies().Count));

    [Fact]
    public void Threads_lose_nothing()
    {
        var latencies = new Latencies();
        Parallel.For(0, 40_000, i => latencies.Add(TimeSpan.FromMicroseconds(i % 400)));
        Assert.Equal((40_000, 399), (latencies.Count, (int)latencies.Max.TotalMicroseconds));
        Assert.InRange(latencies.At(0.5).TotalMicroseconds, 199, 203);
    }
}
