using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Souk.Catalog;

/// <summary>A product's page; a product that is not for sale is as unknown as one that never was.</summary>
static class ReadProduct
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/catalog/products/{handle}", HandleAsync)
        .Produces<ProductDetail>()
        .Produces(304)
        .AllowPublic();

    static async Task<Results<ContentHttpResult, StatusCodeHttpResult, Refusal>> HandleAsync(
        string handle, HttpContext context, CatalogStore store, CancellationToken cancellation)
    {
        if (await store.PageAsync(handle.ToLowerInvariant(), cancellation) is not { } page)
        {
            return Refusal.NotFound("catalog.product_unknown", $"There is no product '{handle}'.");
        }
        var etag = new EntityTagHeaderValue($"\"{page.Version}\"");
        context.Response.Headers.ETag = etag.ToString();
        return Conditional.Matches(context.Request, etag)
            ? TypedResults.StatusCode(304)
            : TypedResults.Content(page.Json, "application/json");
    }
}
