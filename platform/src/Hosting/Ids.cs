using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Souk.Platform.Hosting;

/// <summary>Where identifiers and chance come from. Handed in, so that one seed gives the same run every time.</summary>
public interface IIdSource
{
    /// <summary>
    /// A new identifier with 128 random bits, in URL-safe characters: unguessable, so it may serve as a capability.
    /// </summary>
    string NewId();

    /// <summary>A number in [0, 1), for jitter and sampling; not for secrets.</summary>
    double NextDouble();
}

/// <summary>
/// Identifiers of 28 characters: 40 bits of time, then 128 from the operating system's cryptographic source. Those of one
/// moment lie side by side in an index, so that what is written together touches few of its pages.
/// </summary>
/// <param name="clock">When an identifier is from: seconds since 1970, and 256ths of them.</param>
public sealed class TimedIds(TimeProvider clock) : IIdSource
{
    const int TimeBytes = 5;
    const int RandomBytes = 16;

    /// <inheritdoc/>
    public string NewId()
    {
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(time, clock.GetUtcNow().ToUnixTimeMilliseconds() * 256 / 1000);
        Span<byte> id = stackalloc byte[TimeBytes + RandomBytes];
        time[^TimeBytes..].CopyTo(id);
        RandomNumberGenerator.Fill(id[TimeBytes..]);
        return Base64Url.EncodeToString(id);
    }

    /// <inheritdoc/>
    public double NextDouble() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
}
