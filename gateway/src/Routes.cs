using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.LoadBalancing;

namespace Souk.Gateway;

/// <summary>
/// Where a request goes: <c>/api/{service}/…</c> to that service, sign-in pages and OpenID Connect to Login, <c>/staff/…</c> to
/// the back office, everything else to the storefront, in turns over the addresses in <c>Services:{service}:http</c>. It follows
/// every change of the configuration.
/// </summary>
sealed partial class Routes : IProxyConfigProvider, IDisposable
{
    const string Storefront = "storefront";
    const string BackOffice = "backoffice";

    // Who the store's users are, at the addresses that OpenID Connect and the pages give it.
    const string Login = "login";

    static readonly string[] LoginPaths =
        ["/.well-known/openid-configuration", "/.well-known/jwks", "/connect/{**rest}", "/account/{**rest}"];

    // They are no APIs, whatever the configuration lists.
    static readonly string[] Unrouted = ["souk", "gateway", "console", Storefront, BackOffice];

    readonly IConfiguration _configuration;
    readonly GatewaySettings _settings;
    readonly IDisposable _watch;
    // A service whose last address is gone, or that was down before this gateway started (Souk:Names lists all), is
    // down, not unknown: 503, not 404, which a client would take for a definite no.
    readonly SortedSet<string> _known = new(StringComparer.Ordinal);
    volatile Config _config;

    public Routes(IConfiguration configuration, GatewaySettings settings)
    {
        _configuration = configuration;
        _settings = settings;
        _config = Read();
        _watch = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public IProxyConfig GetConfig() => _config;

    public void Dispose()
    {
        _watch.Dispose();
        _config.Change.Dispose();
    }

    void Reload()
    {
        var old = _config;
        _config = Read();
        old.Change.Cancel();
    }

    Config Read()
    {
        var services = _configuration.GetSection("Services");
        lock (_known)
        {
            _known.UnionWith(services.GetChildren().Select(service => service.Key)
                .Concat(_configuration.GetSection("Souk:Names").GetChildren().Select(name => name.Value ?? "")).Select(name => name.ToLowerInvariant())
                .Where(name => Name().IsMatch(name) && !Unrouted.Contains(name)));
            List<RouteConfig> routes = [.. _known.Select(name => Route(name, $"/api/{name}/{{**rest}}"))];
            routes.AddRange(LoginPaths.Select((path, number) => Route(Login, path) with { RouteId = $"{Login}-{number}" }));
            routes.Add(Route(BackOffice, "/staff/{**rest}"));
            routes.Add(Route(Storefront, "/{**rest}"));
            // These are down, not unknown, also where nobody has named them.
            List<ClusterConfig> clusters = [.. _known.Append(Login).Distinct().Concat([BackOffice, Storefront]).Select(name => Cluster(name, services.GetSection(name)))];
            return new Config(routes, clusters, new CancellationTokenSource());
        }
    }

    static RouteConfig Route(string service, string path) => new()
    {
        RouteId = service,
        ClusterId = service,
        Match = new RouteMatch { Path = path },
    };

    ClusterConfig Cluster(string service, IConfigurationSection section) => new()
    {
        ClusterId = service,
        LoadBalancingPolicy = LoadBalancingPolicies.RoundRobin,
        HttpRequest = new ForwarderRequestConfig
        {
            ActivityTimeout = _settings.Deadline,
            Version = System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        },
        Destinations = section.GetSection("http").GetChildren().Select(address => address.Value)
            .Append(section["http"])
            .Where(address => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(address => address!, address => new DestinationConfig { Address = address! }, StringComparer.Ordinal),
    };

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$")]
    private static partial Regex Name();

    sealed record Config(IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters, CancellationTokenSource Change)
        : IProxyConfig
    {
        public IChangeToken ChangeToken { get; } = new CancellationChangeToken(Change.Token);
    }
}
