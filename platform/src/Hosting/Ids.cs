using System.Buffers.Text;
using System.Security.Cryptography;

namespace Souk.Platform.Hosting;

/// <summary>Where identifiers and chance come from. Handed in, so that one seed gives the same run every time.</summary>
public interface IIdSource
{
    /// <summary>
    /// A new identifier of 128 random bits in 22 URL-safe characters: unguessable, so it may serve as a capability.
    /// </summary>
    string NewId();

    /// <summary>A number in [0, 1), for jitter and sampling; not for secrets.</summary>
    double NextDouble();
}

/// <summary>Identifiers from the operating system's cryptographic source.</summary>
public sealed class RandomIds : IIdSource
{
    /// <inheritdoc/>
    public string NewId()
    {
        Span<byte> bits = stackalloc byte[16];
        RandomNumberGenerator.Fill(bits);
        return Base64Url.EncodeToString(bits);
    }

    /// <inheritdoc/>
    public double NextDouble() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
}
