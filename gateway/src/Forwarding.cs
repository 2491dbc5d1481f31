using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Souk.Gateway;

/// <summary>What the house says to its services in a request, and what of their answers stays in the house.</summary>
static class Forwarding
{
    static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    static readonly string[] Private = ["Server", "X-Powered-By", "traceresponse", AnswerHeaders.TraceId];

    public static void Transform(TransformBuilderContext route)
    {
        var service = route.Route.ClusterId!;
        var identity = route.Services.GetRequiredService<ServiceIdentity>();
        route.AddXForwarded(ForwardedTransformActions.Set);
        route.AddRequestTransform(request =>
        {
            request.ProxyRequest.RequestUri = Address(request);
            request.ProxyRequest.Headers.TryAddWithoutValidation(ServiceIdentity.Header, identity.TokenFor(service));
            request.ProxyRequest.Headers.TryAddWithoutValidation(Deadline.Header, Deadline.Current!.ToHeader());
            if (Activity.Current is { } trace) request.ProxyRequest.Headers.TryAddWithoutValidation("traceparent", trace.Id);
            return default;
        });
        route.AddResponseTransform(response =>
        {
            var headers = response.HttpContext.Response.Headers;
            foreach (var name in Private) headers.Remove(name);
            foreach (var name in headers.Keys.Where(name => name.StartsWith("Souk-", StringComparison.OrdinalIgnoreCase)).ToList())
            {
                headers.Remove(name);
            }
            return default;
        });
    }

    /// <summary>The address as the client wrote it, letter for letter: an encoded slash in a SKU stays one.</summary>
    static Uri? Address(RequestTransformContext request)
    {
        var written = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        // A target with a host in it (for proxies) is put together by YARP.
        return written.StartsWith('/')
            ? new Uri(request.DestinationPrefix.TrimEnd('/') + written, AsWritten)
            : request.ProxyRequest.RequestUri;
    }
}

/// <summary>The connections to the services; those of a network that was handed in, or sockets.</summary>
sealed class Upstreams(Func<string, HttpMessageHandler>? network) : ForwarderHttpClientFactory, IForwarderHttpClientFactory
{
    HttpMessageInvoker IForwarderHttpClientFactory.CreateClient(ForwarderHttpClientContext context) =>
        network is null ? CreateClient(context) : new HttpMessageInvoker(network(context.ClusterId));

    /// <inheritdoc/>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ActivityHeadersPropagator = null; // SecondTry has a span for each attempt, and Forwarding passes it on
        handler.ConnectTimeout = TimeSpan.FromSeconds(1);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
    }
}
