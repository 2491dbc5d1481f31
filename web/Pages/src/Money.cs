using System.Globalization;

namespace Souk.Pages;

/// <summary>An amount in minor units: 1999 EUR is €19.99, 1999 JPY is ¥1,999.</summary>
public sealed record Money(long Amount, string Currency)
{
    static readonly Dictionary<string, string> Symbols = new(StringComparer.Ordinal)
    {
        ["EUR"] = "€",
        ["USD"] = "$",
        ["GBP"] = "£",
        ["JPY"] = "¥",
        ["INR"] = "₹",
        ["KRW"] = "₩",
        ["ILS"] = "₪",
        ["TRY"] = "₺",
        ["UAH"] = "₴",
        ["VND"] = "₫",
        ["BRL"] = "R$",
        ["CAD"] = "CA$",
        ["AUD"] = "A$",
        ["NZD"] = "NZ$",
        ["MXN"] = "MX$",
        ["CNY"] = "CN¥",
        ["HKD"] = "HK$",
        ["TWD"] = "NT$",
    };

    /// <summary>How many digits follow the point.</summary>
    public static int DigitsOf(string currency) => currency switch
    {
        "JPY" or "KRW" or "VND" or "CLP" or "ISK" or "UGX" or "XAF" or "XOF" or "XPF" or "PYG" or "RWF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        _ => 2,
    };

    public static string SymbolOf(string currency) => Symbols.GetValueOrDefault(currency, currency);

    /// <summary>What a shopper typed, such as <c>19.99</c> or <c>19,5</c>, in minor units; null where it is no amount.</summary>
    public static long? Parse(string? text, string currency)
    {
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        if (!decimal.TryParse(text?.Replace(',', '.'), Plain, CultureInfo.InvariantCulture, out var amount)) return null;
        return amount is >= 0 and < 1_000_000_000 ? (long)Math.Round(amount * Scale(currency)) : null;
    }

    /// <summary>The bare number, as one would type it: 1999 EUR is 19.99, 2000 EUR is 20.</summary>
    public string ToInput() => Amount % Scale(Currency) == 0
        ? (Amount / Scale(Currency)).ToString(CultureInfo.InvariantCulture)
        : (Amount / (decimal)Scale(Currency)).ToString("F" + DigitsOf(Currency), CultureInfo.InvariantCulture);

    public override string ToString()
    {
        var number = (Math.Abs(Amount) / (decimal)Scale(Currency)).ToString("N" + DigitsOf(Currency), CultureInfo.InvariantCulture);
        var sign = Amount < 0 ? "−" : "";
        return Symbols.TryGetValue(Currency, out var symbol) ? sign + symbol + number : $"{sign}{number}\u00a0{Currency}";
    }

    static long Scale(string currency) => DigitsOf(currency) switch { 0 => 1, 3 => 1000, _ => 100 };
}
