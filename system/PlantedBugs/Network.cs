using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Souk.Platform.Security;

namespace Souk.PlantedBugs;

/// <summary>What is done with a call on its way: it may be changed, sent once, twice or not at all, and answered in any way.</summary>
/// <param name="call">The call.</param>
/// <param name="send">Carries it, or another one, on.</param>
delegate Task<HttpResponseMessage> Seam(Call call, Func<Call, Task<HttpResponseMessage>> send);

/// <summary>Carries every call of a house, through whatever was put in its way: what was put there first is nearest to the caller.</summary>
/// <param name="addressOf">Where a service listens.</param>
/// <param name="keys">The folder of the services' keys.</param>
/// <param name="clock">Of the identities.</param>
sealed class Network(Func<string, Uri> addressOf, string keys, TimeProvider clock) : IDisposable
{
    readonly List<(string Caller, string Callee, HttpMethod Method, string Path, Seam Seam)> _seams = [];
    readonly Dictionary<string, ServiceIdentity> _identities = new(StringComparer.Ordinal);

    // Below it nothing is a stub: real sockets, real servers.
    readonly HttpMessageInvoker _sockets = new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    });

    /// <summary>Puts something in the way of certain calls.</summary>
    /// <param name="caller">Who calls.</param>
    /// <param name="callee">Whom.</param>
    /// <param name="method">How.</param>
    /// <param name="path">What the address holds.</param>
    /// <param name="seam">What is done with them.</param>
    public void On(string caller, string callee, HttpMethod method, string path, Seam seam) => _seams.Add((caller, callee, method, path, seam));

    /// <summary>What a service, or somebody outside, has in its hand when it calls another.</summary>
    public HttpMessageHandler Wire(string caller, string callee) => new End(this, caller, callee);

    /// <summary>Calls from outside, with the identity that such a call has inside.</summary>
    public async Task<HttpResponseMessage> SendAsync(string caller, string callee, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(ServiceIdentity.Header, IdentityOf(caller).TokenFor(callee));
        return await CarryAsync(new Call(caller, callee, request), at: 0, CancellationToken.None);
    }

    public void Dispose() => _sockets.Dispose();

    async Task<HttpResponseMessage> CarryAsync(Call call, int at, CancellationToken cancellation)
    {
        for (; at < _seams.Count; at++)
        {
            var (caller, callee, method, path, seam) = _seams[at];
            if (call.Caller != caller || call.Callee != callee || call.Request.Method != method || !call.Path.Contains(path, StringComparison.Ordinal)) continue;
            var next = at + 1;
            return await seam(call, passed => CarryAsync(passed, next, cancellation));
        }
        call.Request.RequestUri = new Uri(addressOf(call.Callee), call.Path);
        return await _sockets.SendAsync(call.Request, cancellation);
    }

    ServiceIdentity IdentityOf(string caller)
    {
        lock (_identities)
        {
            return _identities.TryGetValue(caller, out var known) ? known
                : _identities[caller] = Loaded(new ServiceIdentity(caller, new ServiceKeys(keys), clock));
        }

        static ServiceIdentity Loaded(ServiceIdentity identity)
        {
            identity.Load();
            return identity;
        }
    }

    sealed class End(Network network, string caller, string callee) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // What the provider tells comes in by the front door.
            if (caller == "sandbox") request.Headers.TryAddWithoutValidation(ServiceIdentity.Header, network.IdentityOf("gateway").TokenFor(callee));
            // Nobody waits for news in a house whose time stands still.
            if (request.RequestUri!.AbsolutePath == "/internal/events") request.RequestUri = WithoutWait(request.RequestUri);
            return await network.CarryAsync(new Call(caller, callee, request), at: 0, cancellationToken);
        }

        static Uri WithoutWait(Uri address) => new(address.GetLeftPart(UriPartial.Path) + "?"
            + string.Join('&', address.Query.TrimStart('?').Split('&').Where(part => !part.StartsWith("wait=", StringComparison.Ordinal))));
    }
}

/// <summary>A call on its way.</summary>
sealed class Call(string caller, string callee, HttpRequestMessage request)
{
    const string KeyHeader = "Idempotency-Key";

    public string Caller => caller;

    public string Callee => callee;

    public HttpRequestMessage Request => request;

    /// <summary>With the query.</summary>
    public string Path { get; } = request.RequestUri!.IsAbsoluteUri ? request.RequestUri.PathAndQuery : request.RequestUri.OriginalString;

    public string Key
    {
        get => request.Headers.GetValues(KeyHeader).Single();
        set
        {
            request.Headers.Remove(KeyHeader);
            request.Headers.Add(KeyHeader, value);
        }
    }

    public async Task<JsonNode> BodyAsync() => JsonNode.Parse(await request.Content!.ReadAsStringAsync())!;

    public Call WithBody(JsonNode body)
    {
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return this;
    }

    /// <summary>The same once more: a message is sent once.</summary>
    public async Task<Call> AgainAsync(string key, string? path = null)
    {
        var copy = new HttpRequestMessage(request.Method, path ?? Path);
        foreach (var header in request.Headers.NonValidated) copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        var again = new Call(caller, callee, copy) { Key = key };
        return again.WithBody(await BodyAsync());
    }

    /// <summary>An answer that nobody gave.</summary>
    public static HttpResponseMessage Answer(HttpStatusCode status, string json) => new(status)
    {
        Content = new StringContent(json, Encoding.UTF8, status < HttpStatusCode.BadRequest ? "application/json" : "application/problem+json"),
    };

    /// <summary>The line was cut after everything had arrived.</summary>
    public static HttpRequestException Lost() => new(HttpRequestError.ResponseEnded, "The answer is lost.");
}
