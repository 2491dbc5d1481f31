using System.Buffers.Binary;
using System.Buffers.Text;
using Souk.Platform.Hosting;

namespace Souk.Testing.Simulation;

/// <summary>
/// Chance from a seed (SplitMix64): the same on every machine and every release of the runtime. Also a service's source of
/// identifiers.
/// </summary>
public sealed class Chance(ulong seed) : IIdSource
{
    ulong _state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from 0 up to and without <paramref name="end"/>.</summary>
    public int Below(int end) => (int)(Next() % (uint)end);

    /// <summary>Whether something of this chance happens.</summary>
    public bool Is(double chance) => chance > 0 && NextDouble() < chance;

    /// <summary>One of several.</summary>
    public T Of<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    /// <summary>A length of time between two.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + (most - least) * NextDouble();

    /// <summary>A source of its own, so that what one draws does not change what another gets.</summary>
    public Chance Fork() => new(Next());

    /// <inheritdoc/>
    public string NewId()
    {
        Span<byte> bits = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bits, Next());
        BinaryPrimitives.WriteUInt64LittleEndian(bits[8..], Next());
        return Base64Url.EncodeToString(bits);
    }
}
