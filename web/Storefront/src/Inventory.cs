namespace Souk.Storefront;

/// <summary>What the shop asks of Inventory.</summary>
public interface IInventory
{
    /// <summary>Availability by SKU; of at most a hundred.</summary>
    Task<IReadOnlyDictionary<string, Stock>> StockAsync(IEnumerable<string> skus, CancellationToken cancellation);
}

public sealed record StockList(IReadOnlyList<Stock>? Items);

/// <summary>How many can be had; the number is exact when few are left.</summary>
public sealed record Stock(string Sku, string? Availability, int? Available)
{
    public const int SkusMax = 100;

    public static readonly IReadOnlyDictionary<string, Stock> Unknown = new Dictionary<string, Stock>();

    public bool IsSoldOut => Availability == "out_of_stock";

    /// <summary>In a shopper's words.</summary>
    public string Words => Availability switch
    {
        "in_stock" => "In stock",
        "low" when Available is { } few => few == 1 ? "Only one left" : $"Only {few} left",
        "low" => "Only a few left",
        "out_of_stock" => "Sold out",
        _ => "Availability unknown",
    };

    /// <summary>A class of the style sheet.</summary>
    public string Look => Availability switch { "in_stock" => "in", "low" => "low", "out_of_stock" => "out", _ => "unknown" };
}

/// <summary>Asks Inventory over HTTP.</summary>
sealed class InventoryClient(HttpClient http) : IInventory
{
    public async Task<IReadOnlyDictionary<string, Stock>> StockAsync(IEnumerable<string> skus, CancellationToken cancellation)
    {
        var query = string.Join('&', skus.Take(Stock.SkusMax).Select(sku => "sku=" + Uri.EscapeDataString(sku)));
        if (query.Length == 0) return Stock.Unknown;
        using var response = await http.GetAsync("/api/inventory/stock?" + query, cancellation);
        var list = await Wire.ReadAsync(response, Wire.Default.StockList, cancellation);
        return (list.Items ?? []).DistinctBy(stock => stock.Sku).ToDictionary(stock => stock.Sku, StringComparer.Ordinal);
    }
}
