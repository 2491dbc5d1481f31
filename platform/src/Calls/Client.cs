using System.Net.Http.Headers;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Calls;

/// <summary>Builds the one <see cref="HttpClient"/> that a service has for each service it calls.</summary>
static class Client
{
    /// <summary>
    /// Registers a named client: base address <c>http://{service}</c>, resolved from <c>Services:{service}:http</c>
    /// at each call, in turns over the replicas.
    /// </summary>
    public static void Add(IServiceCollection services, string name, string service, CallOptions options, ServiceSetup setup)
    {
        var client = services.AddHttpClient(name, http =>
            {
                http.BaseAddress = new Uri("http://" + service);
                // The pipeline and the deadline decide; a third clock would only confuse.
                http.Timeout = Timeout.InfiniteTimeSpan;
                http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            })
            .RemoveAllLoggers()
            // The client lives as long as the service; the sockets below renew themselves.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddHttpMessageHandler(provider => new CallHandler(
                service, options, provider.GetRequiredService<ServiceIdentity>(), setup.Clock, setup.Ids));

        if (setup.Network is { } network)
        {
            client.ConfigurePrimaryHttpMessageHandler(() => network(service));
            return;
        }
        if (options.MustProve)
        {
            client.AddHttpMessageHandler(provider => new AnswerProof(service, provider.GetRequiredService<ServiceIdentity>()));
        }
        client.AddServiceDiscovery();
        client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectTimeout = TimeSpan.FromSeconds(1),
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null, // the call handler has a span for each attempt, and passes it on
        });
    }
}
