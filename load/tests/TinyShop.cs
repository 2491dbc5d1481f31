using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Load.Tests;

/// <summary>A store in memory that keeps the contract of the real one, with faults to order. It answers at once, on a clock of its own.</summary>
sealed class TinyShop : HttpMessageHandler
{
    readonly Lock _gate = new();
    readonly Dictionary<string, (string Request, HttpStatusCode Status, string Body, string? Location)> _answered = new(StringComparer.Ordinal);
    int _requests;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Takes { get; init; }

    /// <summary>Each so-many-th request is turned away with 429 or 503; 0: none.</summary>
    public int LimitsEach { get; init; }

    public int FaultsEach { get; init; }

    /// <summary>Whether the first order of each cart finds another price.</summary>
    public bool ChangesPrices { get; init; }

    /// <summary>Whether it forgets keys, as no store may.</summary>
    public bool ForgetsKeys { get; init; }

    /// <summary>Whether there is something to sell, and whether it takes orders.</summary>
    public bool HasGoods { get; init; } = true;

    public bool TakesOrders { get; init; } = true;

    public Dictionary<string, JsonObject> Orders { get; } = new(StringComparer.Ordinal);

    public List<string> Requests { get; } = [];

    public List<string> Keys { get; } = [];

    public int Refunds { get; private set; }

    /// <summary>Who has signed in, and how many orders each has placed.</summary>
    public Dictionary<string, int> SignedIn { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether those who have signed in find the first SKU of their order sold out.</summary>
    public bool IsSoldOut { get; init; }

    /// <summary>Runs a plan to its end; time goes on by itself.</summary>
    public async Task<Report> RunAsync(LoadPlan plan)
    {
        var run = new Crowd(plan with { Network = this }, Clock).RunAsync(TestContext.Current.CancellationToken);
        while (!run.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }
        return await run;
    }

    public static LoadPlan Plan => new(new Uri("http://store"));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        if (Takes > TimeSpan.Zero) Clock.Advance(Takes);
        lock (_gate)
        {
            var path = request.RequestUri!.AbsolutePath;
            Requests.Add($"{request.Method} {request.RequestUri.PathAndQuery} {body}");
            var turn = path.StartsWith("/api/catalog", StringComparison.Ordinal) ? 0 : ++_requests;
            if (turn > 0 && LimitsEach > 0 && turn % LimitsEach == 0) return Refusal(HttpStatusCode.TooManyRequests, "request.rate_limited");
            if (turn > 0 && FaultsEach > 0 && turn % FaultsEach == 0) return Refusal(HttpStatusCode.ServiceUnavailable, "service.unavailable");
            return Keyed(request, path, body);
        }
    }

    HttpResponseMessage Keyed(HttpRequestMessage request, string path, string body)
    {
        if (!request.Headers.TryGetValues("Idempotency-Key", out var keys)) return Answer(request, path, body);
        var key = keys.Single();
        Keys.Add(key);
        if (!ForgetsKeys && _answered.TryGetValue(key, out var first))
        {
            return first.Request == path + body ? Json(first.Status, first.Body) : Refusal(HttpStatusCode.UnprocessableEntity, "request.idempotency_key_reused");
        }
        var answer = Answer(request, path, body);
        _answered[key] = (path + body, answer.StatusCode, answer.Content.ReadAsStringAsync().GetAwaiter().GetResult(), null);
        return answer;
    }

    HttpResponseMessage Answer(HttpRequestMessage request, string path, string body) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", "catalog", "products"] => Json(HttpStatusCode.OK, HasGoods
            ? """{"items":[{"handle":"mug","title":"Indigo mug","skus":["MUG-1","MUG-2"]},{"handle":"a/b","title":"Odd","skus":["A/B"]}]}""" : """{"items":[]}"""),
        ["api", "catalog", "categories"] => Json(HttpStatusCode.OK, """{"items":[{"slug":"mugs"}]}"""),
        ["api", "cart", "carts"] => Json(HttpStatusCode.Created, $$"""{"id":"cart-{{_requests}}","version":1}"""),
        ["api", "cart", "carts", _, "lines", "MUG-1"] when request.Method == HttpMethod.Delete => Json(HttpStatusCode.OK, """{"version":3}"""),
        ["api", "cart", "carts", _, "lines", _] => Json(HttpStatusCode.OK, """{"version":2}"""),
        ["api", "ordering", "quotes"] => Json(HttpStatusCode.OK, Quote("v1").ToJsonString()),
        ["api", "ordering", "orders"] => Place(JsonNode.Parse(body)!.AsObject(), request.Headers.Authorization?.Parameter),
        ["api", "ordering", "orders", var id] => Json(HttpStatusCode.OK, Orders[id].ToJsonString()),
        ["api", "ordering", "orders", var id, "cancel"] => Cancel(Orders[id]),
        ["api", "ordering", "orders", var id, "payments"] => Json(HttpStatusCode.Created, Move(Orders[id], "Completed", "confirmed").ToJsonString()),
        ["api", "ordering", "orders", _, "refunds"] => Refund(request),
        ["3ds", var id] => Bank(Orders[id], body),
        [] or ["category" or "product" or "search", ..] => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>", Encoding.UTF8, "text/html") },
        _ => Refusal(HttpStatusCode.NotFound, "request.route_unknown"),
    };

    HttpResponseMessage Place(JsonObject asked, string? token)
    {
        if (token is not null)
        {
            Assert.Equal(token + "@example.com", asked["email"]!.GetValue<string>());
            SignedIn[token] = SignedIn.GetValueOrDefault(token) + 1;
        }
        if (!TakesOrders) return Refusal(HttpStatusCode.Conflict, "cart.in_checkout");
        if (ChangesPrices && asked["quoteHash"]!.GetValue<string>() == "v1")
        {
            return Refusal(HttpStatusCode.Conflict, "order.price_changed", new JsonObject { ["quote"] = Quote("v2") });
        }
        var id = "order-" + Orders.Count.ToString(CultureInfo.InvariantCulture);
        var order = Orders[id] = new JsonObject
        {
            ["id"] = id,
            ["version"] = 1,
            ["lines"] = new JsonArray(new JsonObject { ["sku"] = "MUG-1", ["quantity"] = 2 }),
            ["total"] = new JsonObject { ["amount"] = 1999, ["currency"] = "EUR" },
            ["payment"] = new JsonObject { ["nextActionUrl"] = null },
            ["canPayAgain"] = false,
        };
        switch (asked["paymentMethod"]!.GetValue<string>())
        {
            case "pm_card_declined":
                order["canPayAgain"] = true;
                return Json(HttpStatusCode.Created, Move(order, "Declined", "pending").ToJsonString());
            case "pm_card_3ds":
                order["payment"]!["nextActionUrl"] = "http://bank/3ds/" + id;
                return Json(HttpStatusCode.Accepted, Move(order, "AwaitingCustomer", "pending").ToJsonString());
            case var _ when IsSoldOut && token is not null:
                order["reason"] = "out_of_stock: MUG-1";
                return Json(HttpStatusCode.Created, Move(order, "Rejected", "rejected").ToJsonString());
            default:
                return Json(HttpStatusCode.Created, Move(order, "Completed", "confirmed").ToJsonString());
        }
    }

    static HttpResponseMessage Cancel(JsonObject order) => order["outcome"]!.GetValue<string>() == "pending"
        ? Json(HttpStatusCode.OK, Move(order, "Cancelled", "cancelled").ToJsonString())
        : Refusal(HttpStatusCode.Conflict, "order.not_cancellable");

    HttpResponseMessage Refund(HttpRequestMessage request)
    {
        Assert.Equal("ordering", request.RequestUri!.Host);
        Assert.Equal("token", request.Headers.GetValues("Souk-Identity").Single());
        Refunds++;
        return Json(HttpStatusCode.Accepted, """{"id":"refund","amount":{"amount":999,"currency":"EUR"}}""");
    }

    static HttpResponseMessage Bank(JsonObject order, string body)
    {
        Assert.StartsWith("answer=", body, StringComparison.Ordinal);
        Move(order, body == "answer=approve" ? "Completed" : "Declined", body == "answer=approve" ? "confirmed" : "pending");
        return new HttpResponseMessage(HttpStatusCode.SeeOther);
    }

    static JsonObject Quote(string hash) => new() { ["cartVersion"] = 2, ["quoteHash"] = hash, ["shippingOption"] = "standard" };

    static JsonObject Move(JsonObject order, string state, string outcome)
    {
        order["state"] = state;
        order["outcome"] = outcome;
        order["version"] = order["version"]!.GetValue<int>() + 1;
        return order;
    }

    static HttpResponseMessage Refusal(HttpStatusCode status, string code, JsonObject? members = null)
    {
        var problem = members ?? [];
        problem["code"] = code;
        var answer = Json(status, problem.ToJsonString());
        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) answer.Headers.RetryAfter = new(TimeSpan.FromSeconds(1));
        return answer;
    }

    static HttpResponseMessage Json(HttpStatusCode status, string json) =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
}
