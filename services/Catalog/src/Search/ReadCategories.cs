using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Catalog.Search;

/// <summary>The categories that have something for sale, by name.</summary>
public sealed record CategoryList(IReadOnlyList<Category> Items);

/// <summary>A category, its name for addresses, how many products it has, and one of their pictures.</summary>
public sealed record Category(string Name, string Slug, long Count, Image? Image);

/// <summary>Lists the categories.</summary>
static class ReadCategories
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/catalog/categories", HandleAsync).AllowPublic();

    static async Task<Ok<CategoryList>> HandleAsync(SearchStore store, CancellationToken cancellation) =>
        TypedResults.Ok(new CategoryList(await store.CategoriesAsync(cancellation)));
}
