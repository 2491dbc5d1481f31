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
    public static int RateOf(string country) => country switch
    {
        "LU" => 1700,
        "MT" => 1800,
        "CY" or "DE" => 1900,
        "AT" or "BG" or "FR" => 2000,
        "BE" or "CZ" or "ES" or "LT" or "LV" or "NL" or "RO" => 2100,
        "IT" or "SI" => 2200,
        "IE" or "PL" or "PT" or "SK" => 2300,
        "EE" or "GR" => 2400,
        "DK" or "HR" or "SE" => 2500,
        "FI" => 2550,
        "HU" => 2700,
        _ => 0,
    };

    /// <summary>The tax within an amount, rounded half up to a minor unit.</summary>
    public static long Within(long gross, int rate) => (gross * rate * 2 + 10_000 + rate) / ((10_000 + rate) * 2L);
}
