using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Catalog.Search;

/// <summary>A page of products, how many there are in all, and what they can be narrowed by.</summary>
public sealed record ProductList(IReadOnlyList<ProductCard> Items, long Total, int Page, int PageSize, Facets Facets);

/// <summary>Values to narrow a list by. A facet is counted without its own filter, so that a second value can be added.</summary>
public sealed record Facets(
    IReadOnlyList<FacetValue> Categories, IReadOnlyList<FacetValue> Vendors, IReadOnlyList<FacetValue> Tags, PriceRange Price);

/// <summary>A value and how many products have it.</summary>
public sealed record FacetValue(string Value, long Count);

/// <summary>The lowest and highest price, in minor units; both 0 where there is no product.</summary>
public sealed record PriceRange(long Min, long Max);

/// <summary>Lists, searches and filters the products for sale. Where a query finds nothing, the nearest known words are tried.</summary>
static class ListProducts
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/catalog/products", HandleAsync).AllowPublic();

    static async Task<Results<Ok<ProductList>, Refusal>> HandleAsync(
        string? query, string[]? category, string[]? vendor, string[]? tag, string? minPrice, string? maxPrice,
        string? sort, string? page, string? pageSize, SearchStore store, CancellationToken cancellation)
    {
        var (criteria, refusal) = Criteria.Read(query, category, vendor, tag, minPrice, maxPrice, sort, page, pageSize);
        if (criteria is null) return refusal!;
        return TypedResults.Ok(await store.FindAsync(criteria, cancellation));
    }
}
