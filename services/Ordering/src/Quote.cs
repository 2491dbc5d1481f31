using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Ordering;

/// <summary>What a checkout would cost, to the last detail. Its hash is what a shopper agrees to.</summary>
sealed record Quote(
    string CartId,
    long CartVersion,
    IReadOnlyList<QuoteLine> Lines,
    Money ItemsTotal,
    IReadOnlyList<ShippingOption> ShippingOptions,
    string ShippingOption,
    Money Shipping,
    Money Tax,
    int TaxRate,
    Money Total,
    string QuoteHash,
    DateTimeOffset ExpiresAt)
{
    /// <summary>A quote is computed anew with each order; this is how long a page may show it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    /// <summary>Grams of all lines together.</summary>
    public static long GramsOf(CartAnswer cart) => Sold(cart).Sum(line => line.Grams * line.Quantity);

    /// <summary>The lines that are for sale: what has been withdrawn is shown in a cart and not sold.</summary>
    public static IEnumerable<CartAnswer.Line> Sold(CartAnswer cart) => cart.Lines.Where(line => line.Available);

    /// <param name="cart">The cart as it is now.</param>
    /// <param name="options">How it can be sent to the country; not empty.</param>
    /// <param name="option">The one that was chosen.</param>
    /// <param name="country">Where it goes: ISO 3166-1, two letters.</param>
    /// <param name="currency">The store's.</param>
    /// <param name="now">The time of asking.</param>
    public static Quote Of(
        CartAnswer cart, IReadOnlyList<ShippingOption> options, ShippingOption option, string country, StoreCurrency currency, DateTimeOffset now)
    {
        QuoteLine[] lines = [.. Sold(cart).Select(line => new QuoteLine(
            line.Sku, line.Title, line.VariantTitle, line.ProductHandle, line.Image, line.Quantity, line.UnitPrice,
            currency.Of(checked(line.UnitPrice.Amount * line.Quantity)), line.Grams))];
        var items = lines.Sum(line => line.LineTotal.Amount);
        var total = checked(items + option.Price.Amount);
        var rate = Ordering.Tax.RateOf(country);
        return new Quote(
            cart.Id, cart.Version, lines, currency.Of(items), options, option.Id, option.Price,
            currency.Of(Ordering.Tax.Within(total, rate)), rate, currency.Of(total),
            Hash(cart, lines, option, country, rate, total, currency), now + Lifetime);
    }

    static string Hash(
        CartAnswer cart, QuoteLine[] lines, ShippingOption option, string country, int rate, long total, StoreCurrency currency)
    {
        var text = new StringBuilder(256).Append(CultureInfo.InvariantCulture,
            $"{cart.Id}\n{cart.Version}\n{country}\n{option.Id}\n{option.Price.Amount}\n{rate}\n{total}\n{currency.Code}");
        foreach (var line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{line.Sku}\n{line.Quantity}\n{line.UnitPrice.Amount}");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }
}

/// <summary>A line at the price that is charged.</summary>
sealed record QuoteLine(
    string Sku, string Title, string VariantTitle, string ProductHandle, Image? Image, int Quantity,
    Money UnitPrice, Money LineTotal, long Grams = 0);

/// <summary>A picture.</summary>
sealed record Image(string Src, string? Alt = null);

/// <summary>A way to send an order.</summary>
sealed record ShippingOption(string Id, string Name, Money Price, int MinDays, int MaxDays);
