using System.Net;

namespace Souk.Storefront;

/// <summary>What the shop asks of Catalog.</summary>
public interface ICatalog
{
    /// <summary>One page of products and what they could be narrowed by. Null: Catalog refuses the question.</summary>
    Task<ProductList?> SearchAsync(Filter filter, CancellationToken cancellation);

    /// <summary>A product whole; null where there is none.</summary>
    Task<Product?> ProductAsync(string handle, CancellationToken cancellation);

    Task<IReadOnlyList<Category>> CategoriesAsync(CancellationToken cancellation);
}

/// <summary>A page of products with the facets of the whole find.</summary>
public sealed record ProductList
{
    public IReadOnlyList<ProductCard> Items { get; init; } = [];
    public int Total { get; init; }
    public Facets Facets { get; init; } = new();
}

public sealed record Facets
{
    public IReadOnlyList<Facet> Categories { get; init; } = [];
    public IReadOnlyList<Facet> Vendors { get; init; } = [];
    public IReadOnlyList<Facet> Tags { get; init; } = [];
    public PriceRange? Price { get; init; }
}

public sealed record Facet(string Value, int Count);

public sealed record PriceRange(long? Min, long? Max);

public sealed record ProductCard
{
    public required string Handle { get; init; }
    public required string Title { get; init; }
    public string? Vendor { get; init; }
    public string? Category { get; init; }
    public Picture? Image { get; init; }
    public required Money Price { get; init; }
    public Money? MaxPrice { get; init; }
    public Money? CompareAtPrice { get; init; }
    public int VariantCount { get; init; }

    public bool IsReduced => CompareAtPrice is { } before && before.Amount > Price.Amount;
}

public sealed record Product
{
    public required string Handle { get; init; }
    public required string Title { get; init; }
    public string? DescriptionHtml { get; init; }
    public string? Vendor { get; init; }
    public string? Category { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public IReadOnlyList<Picture> Images { get; init; } = [];
    public IReadOnlyList<ProductOption> Options { get; init; } = [];
    public IReadOnlyList<Variant> Variants { get; init; } = [];
}

public sealed record ProductOption(string Name, IReadOnlyList<string> Values);

public sealed record Variant
{
    public required string Sku { get; init; }
    public string? Title { get; init; }
    public IReadOnlyList<OptionValue> Options { get; init; } = [];
    public required Money Price { get; init; }
    public Money? CompareAtPrice { get; init; }
    public Picture? Image { get; init; }

    public bool IsReduced => CompareAtPrice is { } before && before.Amount > Price.Amount;
}

public sealed record OptionValue(string Name, string Value);

public sealed record Category(string Name, string Slug, int Count, Picture? Image);

public sealed record CategoryList(IReadOnlyList<Category>? Items);

/// <summary>A picture as the catalogue names it; imports keep addresses of other sites.</summary>
public sealed record Picture(string? Src, string? Alt)
{
    /// <summary>An address that the pages' policy allows: of this site, or over https. Null: show none.</summary>
    public string? Safe => Src switch
    {
        null or "" => null,
        _ when Src.StartsWith("//", StringComparison.Ordinal) => "https:" + Src,
        _ when Src.StartsWith('/') || Src.StartsWith("https://", StringComparison.OrdinalIgnoreCase) => Src,
        _ when Src.StartsWith("http://", StringComparison.OrdinalIgnoreCase) => "https" + Src[4..],
        _ => null,
    };
}

/// <summary>Asks Catalog over HTTP.</summary>
sealed class CatalogClient(HttpClient http) : ICatalog
{
    public async Task<ProductList?> SearchAsync(Filter filter, CancellationToken cancellation)
    {
        using var response = await http.GetAsync("/api/catalog/products" + filter.ToApi(), cancellation);
        return response.StatusCode == HttpStatusCode.BadRequest ? null
            : await Wire.ReadAsync(response, Wire.Default.ProductList, cancellation);
    }

    public async Task<Product?> ProductAsync(string handle, CancellationToken cancellation)
    {
        using var response = await http.GetAsync("/api/catalog/products/" + Uri.EscapeDataString(handle), cancellation);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest) return null;
        var product = await Wire.ReadAsync(response, Wire.Default.Product, cancellation);
        return product.Variants is [] ? null : product;
    }

    public async Task<IReadOnlyList<Category>> CategoriesAsync(CancellationToken cancellation)
    {
        using var response = await http.GetAsync("/api/catalog/categories", cancellation);
        return (await Wire.ReadAsync(response, Wire.Default.CategoryList, cancellation)).Items ?? [];
    }
}

/// <summary>
/// The categories, which stand on every page: asked for once in a few seconds, and kept while Catalog is down, so that
/// the shop still knows its aisles.
/// </summary>
public sealed class Categories(ICatalog catalog, Parts parts, Budgets budgets, TimeProvider clock)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    volatile Known? _known;

    public async Task<Part<IReadOnlyList<Category>>> AllAsync(CancellationToken cancellation)
    {
        if (_known is { } known && clock.GetElapsedTime(known.At) < Fresh) return Part.Ok(known.All);
        var part = await parts.FetchAsync("categories", budgets.Catalog, catalog.CategoriesAsync, cancellation);
        if (!part.Has(out var all))
        {
            if (_known is null) return part;
            all = _known.All;
        }
        // Kept ones count as fresh, too, so that a silent Catalog costs a page in a few seconds its time, not every page.
        _known = new Known(all, clock.GetTimestamp());
        return Part.Ok(all);
    }

    sealed record Known(IReadOnlyList<Category> All, long At);
}
