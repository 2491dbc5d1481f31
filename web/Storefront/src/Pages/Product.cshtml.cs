using System.Globalization;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>
/// One product. The address names the variant that is shown, so choosing needs no script. Without Inventory the
/// availability is unknown and adding still works.
/// </summary>
public sealed class ProductModel(ICatalog catalog, IInventory inventory, Categories categories, Parts parts, Budgets budgets) : ShopPage
{
    IReadOnlyDictionary<string, Stock> _stock = Stock.Unknown;

    /// <summary>Null: Catalog does not answer.</summary>
    public Product? Product { get; private set; }

    public Variant Variant { get; private set; } = null!;

    public IReadOnlyList<Choice> Choices { get; private set; } = [];

    /// <summary>The product's pictures, and those that only a variant has.</summary>
    public IReadOnlyList<Picture> Pictures { get; private set; } = [];

    /// <summary>Which of them is shown in full.</summary>
    public int Shown { get; private set; }

    public string CategoryAddress { get; private set; } = "/search";

    /// <summary>Others of its category; a page without them is whole.</summary>
    public IReadOnlyList<ProductCard> More { get; private set; } = [];

    public Stock StockOf(string sku) => _stock.GetValueOrDefault(sku) ?? new Stock(sku, null, null);

    public string Address(string sku, int? picture = null) => "/product/" + Uri.EscapeDataString(Product!.Handle)
        + "?variant=" + Uri.EscapeDataString(sku)
        + (picture is { } number ? "&picture=" + number.ToString(CultureInfo.InvariantCulture) : "");

    public async Task<IActionResult> OnGetAsync(string handle, string? variant, int? picture)
    {
        var part = await parts.FetchAsync("product", budgets.Catalog,
            cancellation => catalog.ProductAsync(handle, cancellation), HttpContext.RequestAborted);
        if (!part.Has(out var product))
        {
            SayUnavailable();
            return Page();
        }
        if (product is null) return NotFound();

        var more = MoreAsync(product);
        var stock = await parts.FetchAsync("stock", budgets.Inventory,
            cancellation => inventory.StockAsync(product.Variants.Select(one => one.Sku), cancellation), HttpContext.RequestAborted);
        _stock = stock.Or(Stock.Unknown);
        Product = product;
        // First what can be had; where nothing is known, simply the first.
        Variant = product.Variants.FirstOrDefault(one => one.Sku == variant)
            ?? product.Variants.FirstOrDefault(one => !StockOf(one.Sku).IsSoldOut)
            ?? product.Variants[0];
        Choices = product.Variants.Count > 1 ? Choice.From(product, Variant) : [];
        Pictures = [.. product.Images.Concat(product.Variants.Select(one => one.Image).OfType<Picture>())
            .Where(one => one.Safe is not null).DistinctBy(one => one.Safe)];
        Shown = picture is { } number && number >= 0 && number < Pictures.Count ? number
            : Math.Max(0, Pictures.ToList().FindIndex(one => one.Safe == Variant.Image?.Safe));
        var aisle = (await categories.AllAsync(HttpContext.RequestAborted)).Or([]).FirstOrDefault(category => category.Name == product.Category);
        CategoryAddress = aisle is not null ? "/category/" + Uri.EscapeDataString(aisle.Slug)
            : "/search?category=" + Uri.EscapeDataString(product.Category ?? "");
        More = await more;
        return Page();
    }

    async Task<IReadOnlyList<ProductCard>> MoreAsync(Product product)
    {
        const int Shown = 4;
        if (string.IsNullOrEmpty(product.Category)) return [];
        var filter = new Filter { Categories = [product.Category], Size = Shown + 1 };
        // Second in a row, so it has no longer than the stock beside it.
        var part = await parts.FetchAsync("more of the same", budgets.Inventory,
            cancellation => catalog.SearchAsync(filter, cancellation), HttpContext.RequestAborted);
        return [.. (part.Or(null)?.Items ?? []).Where(card => card.Handle != product.Handle).Take(Shown)];
    }
}
