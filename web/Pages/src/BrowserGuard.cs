using System.Security.Cryptography;

namespace Souk.Pages;

/// <summary>One number per answer: a script or style that does not carry it does not run.</summary>
public sealed class Nonce
{
    public string Value { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
}

/// <summary>In what the page of a request differs from the others.</summary>
public sealed class PagePolicy
{
    /// <summary>An origin that its forms may lead to, beside the shop's own: browsers hold redirects against it, too.</summary>
    public string? FormsLeadTo { get; set; }

    /// <summary>It shows an address or an order: going back asks for it anew, and nothing of it stays on the disk.</summary>
    public bool IsPersonal { get; set; }
}

/// <summary>Puts on every answer what keeps a browser careful, whoever gives the answer.</summary>
sealed class BrowserGuard : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, inside) =>
        {
            context.Response.OnStarting(() =>
            {
                Complete(context);
                return Task.CompletedTask;
            });
            return inside(context);
        });
        next(app);
    };

    static void Complete(HttpContext context)
    {
        var headers = context.Response.Headers;
        var nonce = context.RequestServices.GetRequiredService<Nonce>().Value;
        var page = context.RequestServices.GetRequiredService<PagePolicy>();
        var forms = page.FormsLeadTo is { } provider ? "'self' " + provider : "'self'";
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self' https:; "
            + $"connect-src 'self'; form-action {forms}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (context.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        // A page knows its shopper: nobody else may keep it, and going back shows it at once.
        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true)
        {
            headers.CacheControl = page.IsPersonal ? "private, no-store" : "private, no-cache";
            headers.Remove("Pragma");
        }
    }
}

public static class BrowserGuardExtensions
{
    static readonly string[] Safe = ["GET", "HEAD", "OPTIONS"];

    /// <summary>How the shopper sees the shop, as the gateway (and nobody else) may tell: its scheme and host.</summary>
    public static void UseOutside(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Caller() is not null)
        {
            if (context.Request.Headers["X-Forwarded-Proto"] is ["https" or "http"] scheme) context.Request.Scheme = scheme!;
            if (context.Request.Headers["X-Forwarded-Host"] is [{ Length: > 0 } host]) context.Request.Host = new HostString(host);
        }
        return next(context);
    });

    /// <summary>A form is sent by a page of this shop, or it is refused: a second lock beside the form's own token.</summary>
    public static void UseSameOriginForms(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (Safe.Contains(context.Request.Method) || IsSameOrigin(context.Request)) return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ } site]) return site is "same-origin" or "none";
        // An older browser says where the form is from; what is no browser says nothing, and has no cookie to abuse.
        return request.Headers.Origin is not [{ } origin]
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
