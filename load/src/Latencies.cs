using System.Numerics;

namespace Souk.Load;

/// <summary>
/// Lengths of time, counted in buckets that are at most 1/64 wide: a percentile is never below the truth and less than
/// 1.6 % above it, however many there were. Safe for many threads.
/// </summary>
public sealed class Latencies
{
    const int Bits = 6;
    const int PerDoubling = 1 << Bits;

    readonly long[] _counts = new long[(64 - Bits) * PerDoubling];
    long _count;
    long _max;

    /// <summary>How many there were.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The longest; exact.</summary>
    public TimeSpan Max => TimeSpan.FromMicroseconds(Volatile.Read(ref _max));

    /// <summary>Adds one; what is below zero counts as zero.</summary>
    public void Add(TimeSpan length)
    {
        var micros = Math.Max(0, (long)Math.Ceiling(length.TotalMicroseconds));
        Interlocked.Increment(ref _counts[BucketOf(micros)]);
        Interlocked.Increment(ref _count);
        long max;
        while (micros > (max = Volatile.Read(ref _max)) && Interlocked.CompareExchange(ref _max, micros, max) != max)
        {
        }
    }

    /// <summary>The length that the share of all does not exceed; zero when there are none.</summary>
    /// <param name="share">0.5 is the median, 0.99 the 99th percentile.</param>
    public TimeSpan At(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += Volatile.Read(ref _counts[bucket]);
            if (seen >= wanted) return TimeSpan.FromMicroseconds(Math.Min(TopOf(bucket), Volatile.Read(ref _max)));
        }
        return Max;
    }

    /// <summary>Below 64 a bucket is one value; above, each doubling has 64 buckets.</summary>
    static int BucketOf(long micros)
    {
        if (micros < PerDoubling) return (int)micros;
        var shift = BitOperations.Log2((ulong)micros) - Bits;
        return (shift << Bits) + (int)(micros >> shift);
    }

    static long TopOf(int bucket)
    {
        if (bucket < 2 * PerDoubling) return bucket;
        var shift = (bucket >> Bits) - 1;
        return ((long)(bucket - (shift << Bits)) + 1 << shift) - 1;
    }
}
