using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Souk.Catalog.Images;

/// <summary>Serves a picture. With the hash of its content in the address (<c>?v=</c>) it may be cached for ever.</summary>
static class ReadImage
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/catalog/images/{name}", HandleAsync)
        .Produces(200, contentType: "image/svg+xml", additionalContentTypes: ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"])
        .Produces(304)
        .AllowPublic();

    static async Task<Results<FileContentHttpResult, StatusCodeHttpResult, Refusal>> HandleAsync(
        string name, string? v, HttpContext context, ImageStore store, CancellationToken cancellation)
    {
        var known = await store.HashAsync(name, cancellation);
        if (known is null) return Refusal.NotFound("catalog.image_unknown", $"There is no image '{name}'.");

        var headers = context.Response.Headers;
        headers.CacheControl = v == known ? "public, max-age=31536000, immutable" : "public, max-age=300";
        headers.XContentTypeOptions = "nosniff";
        // An SVG opened by itself is a document: it gets no script, no network and no origin.
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox";
        var etag = new EntityTagHeaderValue($"\"{known}\"");
        if (Conditional.Matches(context.Request, etag))
        {
            headers.ETag = etag.ToString();
            return TypedResults.StatusCode(304);
        }
        return await store.ReadAsync(name, cancellation) is { } image
            ? TypedResults.Bytes(image.Content, image.ContentType, entityTag: new EntityTagHeaderValue($"\"{image.Hash}\""))
            : Refusal.NotFound("catalog.image_unknown", $"There is no image '{name}'.");
    }
}
