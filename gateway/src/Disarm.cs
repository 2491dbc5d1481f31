using Microsoft.AspNetCore.Http.Features;

namespace Souk.Gateway;

/// <summary>
/// Takes off every request what only the house may say: who the user is, who calls, how much time there is, where
/// it came from, which trace it belongs to. It happens before tracing starts, so an outsider's trace is never joined.
/// </summary>
sealed class Disarm(IServiceProvider services) : IHttpContextFactory
{
    static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "X-User-Id", "X-Roles", "X-Real-IP", "Forwarded", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override",
        "traceparent", "tracestate", "baggage",
    };

    static readonly string[] Prefixes = ["Souk-", "X-Forwarded-", "X-Original-"];

    readonly DefaultHttpContextFactory _inner = new(services);

    public HttpContext Create(IFeatureCollection featureCollection)
    {
        var request = featureCollection.GetRequiredFeature<IHttpRequestFeature>();
        List<string>? forbidden = null;
        foreach (var (name, _) in request.Headers)
        {
            if (IsForbidden(name)) (forbidden ??= []).Add(name);
        }
        foreach (var name in forbidden ?? [])
        {
            // The launcher asks the gateway how it is, like every service; FrontDoor checks what it shows.
            if (name.Equals(ServiceIdentity.Header, StringComparison.OrdinalIgnoreCase) && FrontDoor.IsDetail(request.Path)) continue;
            request.Headers.Remove(name);
        }
        return _inner.Create(featureCollection);
    }

    public void Dispose(HttpContext httpContext) => _inner.Dispose(httpContext);

    static bool IsForbidden(string name) =>
        Names.Contains(name) || Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
