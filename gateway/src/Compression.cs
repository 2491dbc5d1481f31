using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace Souk.Gateway;

/// <summary>
/// Compresses text that can hold no secret. A page that holds one (a form's token) beside text from the request would
/// give it away by its compressed length (BREACH), so pages are sent as they are.
/// </summary>
sealed class Compression(IServiceProvider services, IOptions<ResponseCompressionOptions> options)
    : ResponseCompressionProvider(services, options)
{
    /// <inheritdoc/>
    public override bool ShouldCompressResponse(HttpContext context) =>
        base.ShouldCompressResponse(context) && HoldsNoSecret(context);

    static bool HoldsNoSecret(HttpContext context)
    {
        var type = context.Response.ContentType ?? "";
        if (type.StartsWith("text/html", StringComparison.OrdinalIgnoreCase)) return false;
        // The same file for everybody, or an answer to somebody who has shown nothing: neither knows a secret.
        return !type.Contains("json", StringComparison.OrdinalIgnoreCase)
            || context.Response.GetTypedHeaders().CacheControl is { Public: true }
            || context.Request.Headers.Cookie.Count == 0 && context.Request.Headers.Authorization.Count == 0;
    }
}

static class CompressionExtensions
{
    public static void AddCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true; // safe, because only what holds no secret is compressed
            compression.MimeTypes =
            [
                "application/json", "application/problem+json", "text/css", "text/javascript", "application/javascript",
                "image/svg+xml", "text/plain", "application/manifest+json",
            ];
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
        });
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
        services.AddSingleton<IResponseCompressionProvider, Compression>();
    }
}
