using System.Net;
using Souk.Platform.Security;

namespace Souk.Platform.Calls;

/// <summary>
/// Takes an answer from nobody but the service that was called: it carries that service's identity, made out to this one.
/// Whoever listens at an address that was another's yesterday has no such thing to show.
/// </summary>
sealed class AnswerProof(string service, ServiceIdentity identity) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        // What is no answer proves nothing, and nothing is taken from it.
        if (response.StatusCode != HttpStatusCode.OK) return response;
        var token = response.Headers.TryGetValues(ServiceIdentity.Header, out var values) ? string.Concat(values) : "";
        if (token.Length > 0 && await identity.CallerAsync(token) == service) return response;
        response.Dispose();
        throw new HttpRequestException(HttpRequestError.InvalidResponse, $"What answered does not prove to be '{service}'.");
    }
}
