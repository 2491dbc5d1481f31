using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Payment;

/// <summary>
/// <c>t={unix seconds},v1={hex}</c>: HMAC-SHA256 of "{t}.{body}" over the bytes as they came. Stripe signs so, and the
/// sandbox with it.
/// </summary>
static class WebhookSignature
{
    /// <summary>Older, or further ahead, is not from now: somebody plays back what he overheard.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(300);

    const int HeaderMax = 1000;

    public static bool IsValid(string? header, ReadOnlySpan<byte> body, string secret, DateTimeOffset now)
    {
        if (header is null or { Length: > HeaderMax }) return false;
        string? time = null;
        var signatures = new List<string>();
        foreach (var part in header.Split(','))
        {
            var (name, value) = part.Split('=', 2) is [var n, var v] ? (n.Trim(), v.Trim()) : ("", "");
            if (name == "t") time ??= value;
            else if (name == "v1") signatures.Add(value);
        }
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (Math.Abs(now.ToUnixTimeSeconds() - seconds) > (long)Window.TotalSeconds) return false;

        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes(time + "."));
        hash.AppendData(body);
        var expected = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
        // While a secret is changed there are two signatures. Each is compared whole, however early it differs.
        var isValid = false;
        foreach (var signature in signatures) isValid |= CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(signature));
        return isValid;
    }
}
