using Microsoft.AspNetCore.Http.Features;

namespace Souk.Gateway;

/// <summary>What every answer carries, whoever gave it: the trace id, and the headers that keep a browser careful.</summary>
static class AnswerHeaders
{
    /// <summary>The header with which a shopper's complaint is found again.</summary>
    public const string TraceId = "Trace-Id";

    public static void UseAnswerHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var trace = context.Features.Get<IHttpActivityFeature>()?.Activity.TraceId.ToHexString() ?? context.TraceIdentifier;
        context.Response.OnStarting(() =>
        {
            Complete(context, trace);
            return Task.CompletedTask;
        });
        return next(context);
    });

    static void Complete(HttpContext context, string trace)
    {
        var headers = context.Response.Headers;
        headers[TraceId] = trace;
        headers.TryAdd("X-Content-Type-Options", "nosniff");
        headers.TryAdd("Referrer-Policy", "strict-origin-when-cross-origin");
        if (context.Request.IsHttps) headers.TryAdd("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        // A page knows what it loads and says so itself; an answer of an API loads nothing.
        if (IsData(context)) headers.TryAdd("Content-Security-Policy", "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    }

    static bool IsData(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api")
        || context.Response.ContentType is { } type && type.Contains("json", StringComparison.OrdinalIgnoreCase);
}
