namespace Souk.Load;

/// <summary>
/// When shoppers arrive: a Poisson process, as people do who know nothing of each other. It is laid down before anybody is
/// served, so a slow store cannot make its shoppers wait politely outside of the measurement.
/// </summary>
public static class Arrivals
{
    /// <summary>Times since the start, rising without end.</summary>
    /// <param name="rate">So many a second on average.</param>
    /// <param name="seed">The same seed, the same times.</param>
    public static IEnumerable<TimeSpan> At(double rate, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        var chance = new Chance(seed, stream: -1);
        var seconds = 0.0;
        while (true)
        {
            seconds -= Math.Log(1 - chance.Next()) / rate;
            yield return TimeSpan.FromSeconds(seconds);
        }
    }
}

/// <summary>Seeded chance of one's own: what one shopper draws changes nothing for another (SplitMix64).</summary>
/// <param name="seed">Of the run.</param>
/// <param name="stream">Whose chance this is.</param>
public sealed class Chance(int seed, long stream)
{
    ulong _state = Mix((ulong)seed * 0x9E3779B97F4A7C15 ^ Mix((ulong)stream + 0xD1B54A32D192ED03));

    /// <summary>A number in [0, 1).</summary>
    public double Next() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from 0 to below the bound.</summary>
    public int Below(int bound) => (int)(Next() * bound);

    /// <summary>One of the list.</summary>
    public T Of<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    /// <summary>32 hex digits: a key that this run and shopper have for themselves.</summary>
    public string Key() => $"{Bits():x16}{Bits():x16}";

    ulong Bits() => Mix(_state += 0x9E3779B97F4A7C15);

    static ulong Mix(ulong bits)
    {
        bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ bits >> 27) * 0x94D049BB133111EB;
        return bits ^ bits >> 31;
    }
}
