using Microsoft.AspNetCore.Http.Features;

namespace Souk.Gateway;

/// <summary>What every request passes before anything else: headers of the answer, rules, the client's limit.</summary>
sealed class FrontDoor(GatewaySettings settings) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseAnswerHeaders();
        app.Use(async (context, inside) =>
        {
            if (await RefuseAsync(context) is { } refusal)
            {
                await refusal.ExecuteAsync(context);
                return;
            }
            await inside(context);
        });
        app.UseRateLimiter();
        app.UseResponseCompression();
        next(app);
    };

    static readonly string[] Methods =
    [
        HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete,
        HttpMethods.Options,
    ];

    static readonly string Allow = string.Join(", ", Methods);

    /// <summary>The gateway's own figures, for the launcher and the console.</summary>
    public static bool IsDetail(string path) => path.Equals("/health/detail", StringComparison.OrdinalIgnoreCase);

    async ValueTask<Refusal?> RefuseAsync(HttpContext context)
    {
        var request = context.Request;
        if (!Methods.Contains(request.Method))
        {
            context.Response.Headers.Allow = Allow;
            return new Refusal(405, "request.method_not_allowed", "This address does not answer that method.");
        }
        // Kestrel's note that Content-Length and Transfer-Encoding came together: two readings of one body.
        if (request.Headers.ContainsKey("X-Content-Length"))
        {
            context.Response.Headers.Connection = "close";
            return Refusal.BadRequest("request.malformed", "A request has a Content-Length or a Transfer-Encoding, not both.");
        }
        if (request.ContentLength > settings.BodyBytesMax)
        {
            context.Response.Headers.Connection = "close";
            return new Refusal(413, "request.too_large", "The body is larger than this address takes.");
        }
        if (request.QueryString.Value.AsSpan().Count('&') >= settings.QueryKeysMax)
        {
            return Refusal.BadRequest("request.query_too_long", $"A query has at most {settings.QueryKeysMax} keys.");
        }
        return PublicPath.Judge(Written(context)) switch
        {
            Verdict.Malformed => Refusal.NotFound("request.path_invalid", "The address is not written plainly."),
            Verdict.Hidden when !await IsOwnDetailAsync(context) =>
                Refusal.NotFound("request.route_unknown", "There is nothing at this address."),
            _ => null,
        };
    }

    /// <summary>The path as it was written; of a target with a host in it, as the server understood it.</summary>
    static string Written(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return target.StartsWith('/') ? target.Split('?', 2)[0] : context.Request.Path.Value ?? "/";
    }

    static async ValueTask<bool> IsOwnDetailAsync(HttpContext context) =>
        IsDetail(context.Request.Path)
        && context.Request.Headers[ServiceIdentity.Header] is [{ } token]
        && await context.RequestServices.GetRequiredService<ServiceIdentity>().CallerAsync(token) is "souk" or "console";
}
