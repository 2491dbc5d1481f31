using System.Globalization;

namespace Souk.BackOffice;

/// <summary>Words and figures of the pages.</summary>
public static class Text
{
    /// <summary>The states of an order, as its saga has them, in their order.</summary>
    public static readonly IReadOnlyList<string> States =
    [
        "Placed", "Reserved", "Authorizing", "PaymentUnknown", "AwaitingCustomer", "Declined", "Authorized", "Pinned", "Confirmed",
        "Captured", "StockCommitted", "ShipmentRequested", "Completed", "Cancelling", "Cancelled", "Rejected", "NeedsAttention",
    ];

    /// <summary>A moment, in UTC: colleagues elsewhere read the same.</summary>
    public static string At(DateTimeOffset moment) => moment.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary><c>partially_refunded</c> and <c>PaymentUnknown</c> as words.</summary>
    public static string Words(string name)
    {
        var words = string.Concat(name.Select((letter, at) => letter == '_' ? " " : at > 0 && char.IsUpper(letter) ? " " + char.ToLowerInvariant(letter) : letter.ToString()));
        return words.Length == 0 ? "" : char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>A price of Catalog's, in hundredths, as it is typed.</summary>
    public static string Price(long? hundredths) => hundredths is { } price ? (price / 100m).ToString("0.00", CultureInfo.InvariantCulture) : "";

    /// <summary>Where a product is edited: a handle may be any word, also one that is an address.</summary>
    public static string ProductAt(string handle) => "/staff/catalogue/product?handle=" + Uri.EscapeDataString(handle);

    /// <summary>Where a SKU's figures are: a SKU may be any text.</summary>
    public static string StockAt(string sku) => "/staff/stock/item?sku=" + Uri.EscapeDataString(sku);

    public static string OrderAt(string id) => "/staff/orders/" + Uri.EscapeDataString(id);

    public static string CustomerAt(string subject) => "/staff/customers/" + Uri.EscapeDataString(subject);
}
