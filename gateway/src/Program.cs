using Souk.Gateway;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

GatewayService.Build(ServiceSetup.FromCommandLine(args)).Run();

namespace Souk.Gateway
{
    /// <summary>The front door: what comes from outside is cleaned, limited and sent to the service that it names.</summary>
    public static class GatewayService
    {
        /// <summary>Builds the gateway; tests hand in their own settings and network.</summary>
        public static WebApplication Build(ServiceSetup setup)
        {
            var service = Service.Create("gateway", setup);
            var settings = service.Configuration.GetSection("Gateway").Get<GatewaySettings>() ?? new GatewaySettings();

            service.Services.AddSingleton(settings);
            service.Services.AddSingleton<IHttpContextFactory, Disarm>();
            service.Services.AddSingleton<IStartupFilter, FrontDoor>();
            service.Services.AddClientLimit(settings);
            service.Services.AddCompression();
            service.Services.AddSingleton<Routes>();
            service.Services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<Routes>());
            service.Services.AddReverseProxy().AddTransforms(Forwarding.Transform);
            service.Services.AddSingleton<IForwarderHttpClientFactory>(new Upstreams(setup.Network));
            // It keeps keys for affinity cookies, which are not used here: no key is to be written anywhere.
            service.Services.Remove(service.Services.Single(part => part.ImplementationType?.Name == "DataProtectionHostedService"));
            // A line a request is the telemetry's business; what failed is said in one line by SecondTry.
            service.Builder.Logging.AddFilter("Yarp", LogLevel.Error);
            service.Builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(settings.Apply);

            var app = service.Build();
            app.MapReverseProxy(proxy => proxy.UseSecondTry().UseLoadBalancing()).AllowAnyone();
            app.Map("/api/{**rest}", () => Refusal.NotFound("request.route_unknown", "There is no such service."))
                .AllowAnyone();
            return app;
        }
    }
}
