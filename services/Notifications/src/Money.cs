using System.Globalization;

namespace Souk.Notifications;

/// <summary>An amount in minor units, as its reader is used to it: 1999 EUR is €19.99, 1999 CHF is 19.99 CHF.</summary>
sealed record Money(long Amount, string Currency)
{
    public override string ToString()
    {
        var (digits, scale) = Currency switch
        {
            "JPY" or "KRW" or "VND" or "CLP" or "ISK" or "UGX" or "XAF" or "XOF" or "XPF" or "PYG" or "RWF" => (0, 1m),
            "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => (3, 1000m),
            _ => (2, 100m),
        };
        var number = (Math.Abs(Amount) / scale).ToString("N" + digits, CultureInfo.InvariantCulture);
        var sign = Amount < 0 ? "−" : "";
        return Currency switch
        {
            "EUR" => $"{sign}€{number}",
            "USD" => $"{sign}${number}",
            "GBP" => $"{sign}£{number}",
            "JPY" => $"{sign}¥{number}",
            _ => $"{sign}{number} {Currency}",
        };
    }
}
