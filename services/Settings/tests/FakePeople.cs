using System.Net;
using System.Text;
using System.Text.Json;

namespace Souk.Settings.Tests;

/// <summary>
/// The services of the person contract in memory, each of which can be down or refuse. What they hold afterwards is what a
/// test holds an erasure against.
/// </summary>
sealed class FakePeople
{
    readonly Lock _gate = new();

    /// <summary>Those who do not answer.</summary>
    public HashSet<string> Down { get; } = [];

    /// <summary>Those whose answer is lost after it had its effect.</summary>
    public HashSet<string> Deaf { get; } = [];

    /// <summary>Those who have no such address at all.</summary>
    public HashSet<string> Without { get; } = [];

    /// <summary>Why Ordering does not forget somebody now.</summary>
    public string? OpenOrders { get; set; }

    /// <summary>What each holds on whom.</summary>
    public HashSet<(string Service, string Subject)> Held { get; } = [];

    /// <summary>Every call that came: <c>DELETE cart amal</c>.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Told of each call before it has its effect.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>Somebody has an account, a cart and orders.</summary>
    public void Know(string subject)
    {
        foreach (var service in new[] { "ordering", "cart", "login" }) Held.Add((service, subject));
    }

    public HttpMessageHandler Network(string service, HttpMessageHandler trust) => new Door(this, service, new HttpMessageInvoker(trust));

    HttpResponseMessage Answer(string service, HttpRequestMessage request)
    {
        var subject = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath.Split('/')[^1]);
        var call = $"{request.Method} {service} {subject}";
        lock (_gate)
        {
            Calls.Add(call);
            Before(call);
            if (Down.Contains(service)) throw new HttpRequestException(HttpRequestError.ConnectionError, "down");
            if (Without.Contains(service)) return Json(404, new { code = "request.route_unknown" });
            if (request.Method == HttpMethod.Get)
            {
                return Held.Contains((service, subject))
                    ? Json(200, new { service, of = subject, items = new[] { 1, 2 } })
                    : Json(404, new { code = service + ".person_unknown" });
            }
            if (service == "ordering" && OpenOrders is { } code) return Json(409, new { code });
            var held = Held.Remove((service, subject));
            if (Deaf.Contains(service)) throw new HttpRequestException("the answer was lost");
            return Json(200, new { erased = held ? new[] { service + "'s rows" } : [], kept = new[] { new { what = "totals", why = "tax law" } } });
        }
    }

    static HttpResponseMessage Json(int status, object body) => new((HttpStatusCode)status)
    {
        Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, status < 400 ? "application/json" : "application/problem+json"),
    };

    // Each client disposes of its handler; the people outlive them.
    sealed class Door(FakePeople people, string service, HttpMessageInvoker trust) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri!.AbsolutePath == "/internal/trust" ? trust.SendAsync(request, cancellationToken)
                : Task.FromResult(people.Answer(service, request));

        protected override void Dispose(bool disposing)
        {
            if (disposing) trust.Dispose();
            base.Dispose(disposing);
        }
    }
}
