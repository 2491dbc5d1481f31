namespace Souk.Ordering;

/// <summary>An amount in minor units.</summary>
sealed record Money(long Amount, string Currency);

/// <summary>The currency that the store sells in; one for all prices.</summary>
sealed record StoreCurrency(string Code)
{
    public Money Of(long amount) => new(amount, Code);
}

/// <summary>Value added tax, in basis points of the net price. Prices include it: it is shown, not added.</summary>
/// <remarks>Standard rates of the European Union's members by country; elsewhere the store charges none.</remarks>
static class Tax
{
    static readonly Dictionary<string, int> Rates = new(StringComparer.Ordinal)
    {
        ["AT"] = 2000, ["BE"] = 2100, ["BG"] = 2000, ["CY"] = 1900, ["CZ"] = 2100, ["DE"] = 1900, ["DK"] = 2500,
        ["EE"] = 2400, ["ES"] = 2100, ["FI"] = 2550, ["FR"] = 2000, ["GR"] = 2400, ["HR"] = 2500, ["HU"] = 2700,
        ["IE"] = 2300, ["IT"] = 2200, ["LT"] = 2100, ["LU"] = 1700, ["LV"] = 2100, ["MT"] = 1800, ["NL"] = 2100,
        ["PL"] = 2300, ["PT"] = 2300, ["RO"] = 2100, ["SE"] = 2500, ["SI"] = 2200, ["SK"] = 2300,
    };

    public static int RateOf(string country) => Rates.GetValueOrDefault(country);

    /// <summary>The tax within an amount, rounded half up to a minor unit.</summary>
    public static long Within(long gross, int rate) => (gross * rate * 2 + 10_000 + rate) / ((10_000 + rate) * 2L);
}
