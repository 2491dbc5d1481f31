using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Catalog.Images;

/// <summary>Keeps a picture under its file name; put again, it replaces the former one.</summary>
static class PutImage
{
    const int BytesMax = 8 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/internal/images/{name}").AllowCallers("souk");
        Map(app, "/api/catalog/staff/images/{name}").AllowStaff("catalog:write");
    }

    static RouteHandlerBuilder Map(IEndpointRouteBuilder app, string address) =>
        app.MapPut(address, HandleAsync).WithMetadata(new RequestSizeLimitAttribute(BytesMax));

    static async Task<Results<NoContent, Refusal>> HandleAsync(
        string name, HttpRequest request, ImageStore store, CancellationToken cancellation)
    {
        if (!ImageName.IsValid(name) || ImageName.ContentTypeOf(name) is not { } contentType)
        {
            return Refusal.BadRequest("catalog.image.name_invalid",
                "An image is a file name without a path that ends in .svg, .png, .jpg, .jpeg, .webp, .gif or .avif.");
        }
        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content, cancellation);
        var bytes = content.ToArray();
        if (!ImageName.Matches(contentType, bytes))
        {
            return Refusal.BadRequest("catalog.image.content_invalid", $"The content is no {contentType}.");
        }
        await store.PutAsync(name, contentType, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16], bytes, cancellation);
        return TypedResults.NoContent();
    }
}
