using System.Globalization;

namespace Souk.Catalog.Import;

/// <summary>Reads prices exactly: digits to minor units, no floating point, nothing rounded.</summary>
static class Price
{
    // 999,999,999.99: far from where a sum of prices could overflow.
    const int WholeDigitsMax = 9;

    /// <summary>True for <c>12</c>, <c>12.5</c> and <c>12.50</c>; anything else is refused, a third decimal included.</summary>
    public static bool TryParse(string text, out long minorUnits)
    {
        minorUnits = 0;
        var dot = text.IndexOf('.');
        var whole = dot < 0 ? text : text[..dot];
        var fraction = dot < 0 ? "" : text[(dot + 1)..];
        if (whole.Length is 0 or > WholeDigitsMax || !whole.All(char.IsAsciiDigit)) return false;
        if (dot >= 0 && (fraction.Length is 0 or > 2 || !fraction.All(char.IsAsciiDigit))) return false;
        minorUnits = long.Parse(whole + fraction.PadRight(2, '0'), CultureInfo.InvariantCulture);
        return true;
    }
}
