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
    public static readonly Callers Public = new(["gateway", "storefront", "backoffice"]);

    /// <summary>Anyone, without an identity: health, and nothing else.</summary>
    public static readonly Callers Anyone = new([]);
}

/// <summary>Declares, next to a route, who may call it.</summary>
public static class CallersExtensions
{
    /// <summary>
    /// The route is public: the gateway and the pages may call it, for guests too. A user's token that is sent must be
    /// valid (401), in a service that has <see cref="Service.AddUsers"/>.
    /// </summary>
    public static TBuilder AllowPublic<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(Callers.Public, new UserPolicy(UserKind.Anyone));

    /// <summary>The route is public, for people who have signed in: 401 without their valid token.</summary>
    public static TBuilder AllowCustomers<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(Callers.Public, new UserPolicy(UserKind.Person));

    /// <summary>
    /// The route is public, for the store's staff with a second factor, or for a partner's key: 401 without a token, 403
    /// with another's.
    /// </summary>
    /// <param name="endpoint">The route.</param>
    /// <param name="scope">What a partner's key must be good for: <c>catalog:write</c>.</param>
    /// <param name="supportToo">Whether the role support may, too: it looks, and changes nothing. Default: no.</param>
    public static TBuilder AllowStaff<TBuilder>(this TBuilder endpoint, string scope, bool supportToo = false)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(Callers.Public, new UserPolicy(UserKind.Staff, scope, supportToo));

    /// <summary>The route is internal: only the named services may call it; the gateway never forwards it.</summary>
    public static TBuilder AllowCallers<TBuilder>(this TBuilder endpoint, params string[] services)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Callers(services));

    /// <summary>The internal route gives a user's data: beside the caller's identity it wants the user's valid token (403).</summary>
    /// <param name="endpoint">The route.</param>
    /// <param name="guestsToo">Whether it gives guests' data as well, without a token. Default: no.</param>
    public static TBuilder ForUser<TBuilder>(this TBuilder endpoint, bool guestsToo = false) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new UserPolicy(guestsToo ? UserKind.Anyone : UserKind.Passed));

    /// <summary>
    /// The answer proves to its caller which service gave it. For what a caller believes without asking again: events, and the
    /// keys that tokens are signed with.
    /// </summary>
    public static TBuilder ProveAnswer<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Proof());

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
            if (context.GetEndpoint()!.Metadata.GetMetadata<Proof>() is not null)
            {
                context.Response.Headers[ServiceIdentity.Header] = identity.TokenFor(caller);
            }
        }
        await next(context);
    });

    /// <summary>Stops a start at which a route says nothing about its callers, or is for users that the service does not know.</summary>
    /// <exception cref="InvalidOperationException">Names the routes.</exception>
    internal static void RequireCallers(EndpointDataSource source, bool hasUsers)
    {
        var routes = source.Endpoints.OfType<RouteEndpoint>().ToList();
        Refuse(routes.Where(route => route.Metadata.GetMetadata<Callers>() is null),
            "Say who may call these routes (AllowPublic, AllowCustomers, AllowStaff, AllowCallers, AllowAnyone)");
        if (hasUsers) return;
        Refuse(routes.Where(route => route.Metadata.GetMetadata<UserPolicy>() is { Kind: not UserKind.Anyone }),
            "These routes are for users; the service needs service.AddUsers()");
    }

    static void Refuse(IEnumerable<RouteEndpoint> routes, string why)
    {
        var names = routes.Select(route => route.DisplayName).ToList();
        if (names.Count > 0) throw new InvalidOperationException($"{why}: {string.Join(", ", names)}");
    }

    sealed record CallerFeature(string Name);

    sealed record Proof;
}
