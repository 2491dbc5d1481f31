using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Web;

namespace Souk.Testing;

/// <summary>
/// A producer's feed for tests of its consumers: events are added by hand and served as CloudEvents. Pass
/// <see cref="Network"/> as the setup's network, or part of it. It can be taken down and brought back.
/// </summary>
/// <param name="producer">The producer's name.</param>
public sealed class FakeFeed(string producer) : HttpMessageHandler
{
    readonly Lock _gate = new();
    readonly List<string> _events = [];
    readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);

    /// <summary>Whether it answers. Default: true.</summary>
    public bool Up { get; set; } = true;

    /// <summary>The network of a consumer that calls nobody else.</summary>
    public Func<string, HttpMessageHandler> Network => _ => new Shared(this);

    /// <summary>Adds an event; versions count up per subject by themselves.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="subject">The aggregate.</param>
    /// <param name="data">The data as JSON.</param>
    /// <returns>Its position.</returns>
    public long Add(string type, string subject, string data)
    {
        lock (_gate)
        {
            var version = _versions[subject] = _versions.GetValueOrDefault(subject) + 1;
            var position = _events.Count + 1;
            _events.Add($$"""
                {"specversion":"1.0","id":{{JsonSerializer.Serialize($"{subject}/{version}")}},"source":"/services/{{producer}}",
                 "type":"{{type}}","subject":{{JsonSerializer.Serialize(subject)}},"time":"2026-01-01T00:00:00Z",
                 "datacontenttype":"application/json","sequence":"{{position}}","aggregateversion":{{version}},"data":{{data}}}
                """);
            return position;
        }
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!Up) throw new HttpRequestException(HttpRequestError.ConnectionError, "The producer is down.");
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var after = int.Parse(query["after"]!, CultureInfo.InvariantCulture);
        var limit = int.Parse(query["limit"] ?? "500", CultureInfo.InvariantCulture);
        string body;
        lock (_gate) body = "[" + string.Join(',', _events.Skip(after).Take(limit)) + "]";
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/cloudevents-batch+json"),
        });
    }

    // Each client disposes of its handler; the feed outlives them.
    sealed class Shared(FakeFeed feed) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            feed.SendAsync(request, cancellationToken);
    }
}
