using System.Security.Cryptography;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Souk.Login.Pages;

/// <summary>One number per answer: a script or style that does not carry it does not run.</summary>
public sealed class Nonce
{
    public string Value { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
}

/// <summary>In what the page of a request differs from the others.</summary>
public sealed class PagePolicy
{
    /// <summary>An origin that its forms may lead to, beside the store's own: browsers hold redirects against it, too.</summary>
    public string? FormsLeadTo { get; set; }
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
        var forms = context.RequestServices.GetRequiredService<PagePolicy>().FormsLeadTo is { } client ? "'self' " + client : "'self'";
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; "
            + $"connect-src 'self'; form-action {forms}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        // Stricter than the shop's: an address here may hold a mail's token.
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (context.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true)
        {
            headers.CacheControl = "private, no-store";
            headers.Remove("Pragma");
        }
    }
}

static class BrowserGuardExtensions
{
    static readonly string[] Safe = ["GET", "HEAD", "OPTIONS"];

    /// <summary>
    /// Every request is one to the store's public address, whatever its Host says: links and redirects lead nowhere else. Who
    /// asks is told by the gateway, and by nobody else.
    /// </summary>
    public static void UseOutside(this IApplicationBuilder app, LoginSettings settings) => app.Use((context, next) =>
    {
        context.Request.Scheme = settings.PublicUrl.Scheme;
        context.Request.Host = HostString.FromUriComponent(settings.PublicUrl);
        if (context.Caller() is not null && context.Request.Headers["X-Forwarded-For"] is [{ } client] && System.Net.IPAddress.TryParse(client, out var address))
        {
            context.Connection.RemoteIpAddress = address;
        }
        return next(context);
    });

    /// <summary>A form is sent by a page of this store, or it is refused: a second lock beside the form's own token.</summary>
    public static void UseSameOriginForms(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (Safe.Contains(context.Request.Method) || !context.Request.Path.StartsWithSegments("/account") || IsSameOrigin(context.Request)) return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>What fails at a page's address becomes a page; what an API answers stays what it is.</summary>
    public static void UseOops(this IApplicationBuilder app)
    {
        app.UseStatusCodePagesWithReExecute("/account/oops/{0}");
        app.Use(async (context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments("/account"))
            {
                context.Features.GetRequiredFeature<IStatusCodePagesFeature>().Enabled = false;
                await next(context);
                return;
            }
            try
            {
                await next(context);
            }
            catch (Exception error) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            {
                var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Souk.Login.Pages");
                log.LogError(error, "Bug in {Method} {Path}", context.Request.Method, context.Request.Path);
                context.Response.Clear();
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        });
    }

    static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ } site]) return site is "same-origin" or "none";
        // An older browser says where the form is from; what is no browser says nothing, and has no cookie to abuse.
        return request.Headers.Origin is not [{ } origin]
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
