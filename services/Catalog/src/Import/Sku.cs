using System.Security.Cryptography;
using System.Text;

namespace Souk.Catalog.Import;

/// <summary>Makes a SKU for a variant that has none: the same one for the same handle and options, for ever.</summary>
static class Sku
{
    public const int LengthMax = 120;

    /// <summary>
    /// Readable where that is exact: <c>clay-plant-pot.large</c>. Where a value had to be rewritten to be readable
    /// (<c>Red/Blue</c>, <c>Größe 5</c>), two values could become one; a hash of the original then keeps them apart.
    /// </summary>
    public static string For(string handle, IReadOnlyList<string> values)
    {
        var readable = new StringBuilder(handle);
        var exact = true;
        foreach (var value in values)
        {
            readable.Append('.');
            foreach (var c in value)
            {
                var keeps = char.IsAsciiLetterOrDigit(c);
                readable.Append(keeps ? char.ToLowerInvariant(c) : '-');
                exact &= keeps || c == ' ';
            }
        }
        // A handle may hold dots itself: a.b + c and a + b.c must differ.
        exact &= !handle.Contains('.') && readable.Length <= LengthMax;
        if (exact) return readable.ToString();

        // Case is no difference between two variants, so it is none here.
        var source = string.Join('\u001f', values.Prepend(handle)).ToLowerInvariant();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)))[..10];
        return readable.ToString(0, Math.Min(readable.Length, LengthMax - hash.Length - 1)) + "-" + hash;
    }
}
