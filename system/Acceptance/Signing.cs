using Souk.Platform.Security;

namespace Souk.Acceptance;

/// <summary>Signs what is sent to a service with somebody's identity.</summary>
sealed class Signing(ServiceIdentity identity, string audience) : DelegatingHandler(new SocketsHttpHandler())
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Add(ServiceIdentity.Header, identity.TokenFor(audience));
        return base.SendAsync(request, cancellationToken);
    }
}
