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

    /// <summary>Those whose answer to an erasure is lost after it had its effect.</summary>
    public HashSet<string> Deaf { get; } = [];

    /// <summary>Those who have no such address at all.</summary>
    public HashSet<string> Without { get; } = [];

    /// <summary>Why Ordering forgets nothing of anybody now.</summary>
    public string? Refuses { get; set; }

    /// <summary>Accounts and carts, by service and subject.</summary>
    public HashSet<(string Service, string Subject)> Held { get; } = [];

    /// <summary>Whose orders Ordering knows, by id.</summary>
    public Dictionary<string, string> Orders { get; } = [];

    /// <summary>Orders that have not come yet: Ordering does not forget whose they are.</summary>
    public HashSet<string> OnTheirWay { get; } = [];

    /// <summary>Orders whose address Shipping knows.</summary>
    public HashSet<string> Shipments { get; } = [];

    /// <summary>Orders about which Notifications has a mail.</summary>
    public HashSet<string> Mails { get; } = [];

    /// <summary>Every call that came: <c>DELETE cart amal</c>.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Told of each call before it has its effect.</summary>
    public Action<string> Before { get; set; } = _ => { };

    public bool IsForgotten => Held.Count == 0 && Orders.Count == 0 && Shipments.Count == 0 && Mails.Count == 0;

    /// <summary>Somebody has an account, a cart and two orders that have come.</summary>
    public void Know(string subject)
    {
        Held.Add(("cart", subject));
        Held.Add(("login", subject));
        Order(subject, subject + "-1");
        Order(subject, subject + "-2");
    }

    public void Order(string subject, string id)
    {
        Orders[id] = subject;
        Shipments.Add(id);
        Mails.Add(id);
    }

    public HttpMessageHandler Network(string service, HttpMessageHandler trust) => new Door(this, service, new HttpMessageInvoker(trust));

    async Task<HttpResponseMessage> AnswerAsync(string service, HttpRequestMessage request)
    {
        var last = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath.Split('/')[^1]);
        var body = request.Content is null ? default : JsonDocument.Parse(await request.Content.ReadAsStringAsync()).RootElement;
        var call = $"{request.Method} {service} {last}";
        lock (_gate)
        {
            Calls.Add(call);
            Before(call);
            if (Down.Contains(service)) throw new HttpRequestException(HttpRequestError.ConnectionError, "down");
            if (Without.Contains(service)) return Json(404, new { code = "request.route_unknown" });
            if (service == "ordering" && request.Method == HttpMethod.Delete && Refuses is { } code) return Json(409, new { code });
            var answer = (service, request.Method.Method) switch
            {
                ("ordering", "GET") => Json(200, new { orders = OrdersOf(last).Select(id => new { id, of = last }) }),
                ("ordering", _) => ForgetOrders(last),
                ("shipping", _) => ByOrder("shipments", Shipments, last, body),
                ("notifications", _) => ByOrder("mails", Mails, last, body),
                (_, "GET") => Held.Contains((service, last)) ? Json(200, new { service, of = last }) : Json(404, new { code = service + ".person_unknown" }),
                // As Login says it: words.
                _ => Json(200, new { erased = Held.Remove((service, last)) ? new[] { service + " rows" } : [], kept = Array.Empty<object>() }),
            };
            return Deaf.Contains(service) && request.Method != HttpMethod.Get ? throw new HttpRequestException("the answer was lost") : answer;
        }
    }

    List<string> OrdersOf(string subject) => [.. Orders.Where(order => order.Value == subject).Select(order => order.Key)];

    HttpResponseMessage ForgetOrders(string subject)
    {
        var all = OrdersOf(subject);
        var gone = all.Where(id => !OnTheirWay.Contains(id)).ToList();
        foreach (var id in gone) Orders.Remove(id);
        var kept = new List<object>();
        if (gone.Count > 0) kept.Add(new { what = "amounts", count = gone.Count, why = "law" });
        if (all.Count > gone.Count) kept.Add(new { what = "orders", count = all.Count - gone.Count, why = "under_way" });
        return Json(200, new { erased = new[] { new { what = "orders", count = gone.Count, ids = gone } }, kept });
    }

    static HttpResponseMessage ByOrder(string what, HashSet<string> held, string wish, JsonElement body)
    {
        var known = body.GetProperty("orders").EnumerateArray().Select(order => order.GetString()!).Where(held.Contains).ToList();
        if (wish == "export") return Json(200, new Dictionary<string, object> { [what] = known.Select(id => new { order = id }) });
        held.ExceptWith(known);
        return Json(200, new { erased = new[] { new { what, count = known.Count } }, kept = Array.Empty<object>() });
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
                : people.AnswerAsync(service, request);

        protected override void Dispose(bool disposing)
        {
            if (disposing) trust.Dispose();
            base.Dispose(disposing);
        }
    }
}
