using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Hosting;

namespace Souk.Platform.Security;

/// <summary>Which services may call an endpoint. An endpoint without this stops the service at its start.</summary>
/// <param name="Services">Their names; empty: anyone, without an identity.</param>
public sealed record Callers(IReadOnlyList<string> Services)
{
    /// <summary>Who carries what comes from outside: the front door and the pages.</summary>
    public static readonly Callers Public = new(["gateway", "storefront"]);

    /// <summary>Anyone, without an identity: health, and nothing else.</summary>
    public static readonly Callers Anyone = new([]);
}

/// <summary>Declares, next to a route, who may call it.</summary>
public static class CallersExtensions
{
    /// <summary>The route is public: the gateway and the storefront may call it.</summary>
    public static TBuilder AllowPublic<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(Callers.Public);

    /// <summary>The route is internal: only the named services may call it; the gateway never forwards it.</summary>
    public static TBuilder AllowCallers<TBuilder>(this TBuilder endpoint, params string[] services)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Callers(services));

    /// <summary>The route needs no identity.</summary>
    public static TBuilder AllowAnyone<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(Callers.Anyone);

    /// <summary>The service that the request proved to come from; null on a route that anyone may call.</summary>
    public static string? Caller(this HttpContext context) => context.Features.Get<CallerFeature>()?.Name;

    /// <summary>Answers 401 without an identity and 403 where the caller is not named.</summary>
    internal static void UseCallers(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Callers>() is { Services.Count: > 0 } callers)
        {
            var identity = context.RequestServices.GetRequiredService<ServiceIdentity>();
            var token = context.Request.Headers[ServiceIdentity.Header].ToString();
            var caller = token.Length == 0 ? null : await identity.CallerAsync(token);
            if (caller is null)
            {
                await Refusal.Unauthorized("identity.missing",
                    "This endpoint is called by services of the store, with their identity.").ExecuteAsync(context);
                return;
            }
            if (!callers.Services.Contains(caller))
            {
                await Refusal.Forbidden("identity.not_allowed",
                    $"The service '{caller}' may not call this endpoint.").ExecuteAsync(context);
                return;
            }
            context.Features.Set(new CallerFeature(caller));
        }
        await next(context);
    });

    /// <summary>Stops a start at which a route says nothing about its callers.</summary>
    /// <exception cref="InvalidOperationException">Names the routes.</exception>
    internal static void RequireCallers(IEnumerable<EndpointDataSource> sources)
    {
        var silent = sources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<Callers>() is null)
            .Select(endpoint => endpoint.DisplayName)
            .ToList();
        if (silent.Count > 0)
        {
            throw new InvalidOperationException(
                $"Say who may call these routes (AllowPublic, AllowCallers, AllowAnyone): {string.Join(", ", silent)}");
        }
    }

    sealed record CallerFeature(string Name);
}
