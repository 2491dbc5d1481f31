using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;

namespace Souk.Payment.Tests;

/// <summary>
/// Stripe as its documentation states it, as far as Payment uses it, in memory: bearer key, form bodies, idempotency keys that
/// remember the first answer and its parameters, PaymentIntents with manual capture, errors in its own shape, events.
/// </summary>
sealed class FakeStripe(TimeProvider clock) : HttpMessageHandler
{
    public const string SecretKey = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";
    public const string WebhookSecret = "whsec_test_secret";
    public const string ApiBase = "https://stripe.test";

    readonly Lock _gate = new();
    readonly Dictionary<string, JsonObject> _intents = [];
    readonly Dictionary<string, (string Request, HttpStatusCode Status, string Body)> _answered = [];
    readonly List<JsonObject> _events = [];
    int _failures;
    bool _isDone;

    /// <summary>Requests that came in, as "METHOD path key", and their forms.</summary>
    public List<(string Line, Dictionary<string, string> Form)> Requests { get; } = [];

    /// <summary>The next POSTs are answered 500, and have happened or have not.</summary>
    public void FailNext(int count, bool isDone) => (_failures, _isDone) = (count, isDone);

    public JsonObject Intent(string reference)
    {
        lock (_gate) return _intents.Values.Single(intent => (string?)intent["metadata"]!["reference"] == reference);
    }

    public Dictionary<string, string> Form(string line)
    {
        lock (_gate) return Requests.Single(request => request.Line == line).Form;
    }

    /// <summary>The customer answers the bank.</summary>
    public void Approve(string reference)
    {
        var intent = Intent(reference);
        lock (_gate)
        {
            (intent["status"], intent["next_action"], intent["amount_capturable"]) = ("requires_capture", null, (long)intent["amount"]!);
            Tell("payment_intent.amount_capturable_updated", intent, null);
        }
    }

    /// <summary>The newest event of a type, as a webhook's body.</summary>
    public string Event(string type)
    {
        lock (_gate) return _events.Last(told => (string)told["type"]! == type).ToJsonString();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Assert.Equal(ApiBase, request.RequestUri!.GetLeftPart(UriPartial.Authority));
        Assert.False(request.Headers.Contains("Souk-Identity"));
        if (request.Headers.Authorization?.ToString() != "Bearer " + SecretKey)
        {
            return Error(HttpStatusCode.Unauthorized, "invalid_request_error", "Invalid API Key provided");
        }
        Assert.Matches(@"^\d{4}-\d\d-\d\d", request.Headers.GetValues("Stripe-Version").Single());
        var key = request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null;
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        if (request.Method == HttpMethod.Post) Assert.Equal("application/x-www-form-urlencoded", request.Content?.Headers.ContentType?.MediaType);
        var path = request.RequestUri.AbsolutePath;
        lock (_gate)
        {
            var form = Parse(request.Method == HttpMethod.Post ? body : request.RequestUri.Query);
            Requests.Add(($"{request.Method} {path} {key}".TrimEnd(), form));
            if (request.Method == HttpMethod.Get) return Get(path, form);
            var fails = _failures > 0;
            if (fails) _failures--;
            if (fails && !_isDone) return Error(HttpStatusCode.InternalServerError, "api_error", null);
            var (status, answer) = key is null ? Post(path, form, null) : Once(key, path, body, form);
            return fails ? Error(HttpStatusCode.InternalServerError, "api_error", null) : Json(status, answer);
        }
    }

    (HttpStatusCode, string) Once(string key, string path, string body, Dictionary<string, string> form)
    {
        if (_answered.TryGetValue(key, out var first))
        {
            return first.Request == path + body ? (first.Status, first.Body)
                : (HttpStatusCode.BadRequest, ErrorBody("idempotency_error", null));
        }
        var (status, answer) = Post(path, form, key);
        _answered[key] = (path + body, status, answer);
        return (status, answer);
    }

    (HttpStatusCode, string) Post(string path, Dictionary<string, string> form, string? key)
    {
        var parts = path.Split('/');
        switch (parts)
        {
            case ["", "v1", "payment_intents"]:
                return Create(form, key);
            case ["", "v1", "payment_intents", var id, var verb]:
                return _intents.TryGetValue(id, out var intent) ? Move(intent, verb, form, key) : (HttpStatusCode.NotFound, ErrorBody("invalid_request_error", "resource_missing"));
            case ["", "v1", "refunds"]:
                return Refund(form, key);
            case ["", "v1", "checkout", "sessions"]:
                return (HttpStatusCode.OK, """{"id":"cs_test_page","object":"checkout.session","url":"https://checkout.stripe.com/c/pay/cs_test_page"}""");
            default:
                return (HttpStatusCode.NotFound, ErrorBody("invalid_request_error", null));
        }
    }

    (HttpStatusCode, string) Create(Dictionary<string, string> form, string? key)
    {
        var card = form["payment_method"];
        if (card == "pm_missing") return (HttpStatusCode.BadRequest, ErrorBody("invalid_request_error", "resource_missing"));
        var intent = new JsonObject
        {
            ["id"] = "pi_" + (_intents.Count + 1).ToString(CultureInfo.InvariantCulture),
            ["object"] = "payment_intent",
            ["amount"] = long.Parse(form["amount"], CultureInfo.InvariantCulture),
            ["currency"] = form["currency"],
            ["amount_received"] = 0L,
            ["amount_capturable"] = 0L,
            ["capture_method"] = form["capture_method"],
            ["created"] = clock.GetUtcNow().ToUnixTimeSeconds(),
            ["status"] = "requires_capture",
            ["metadata"] = new JsonObject { ["reference"] = form["metadata[reference]"], ["order"] = form["metadata[order]"] },
        };
        _intents[(string)intent["id"]!] = intent;
        switch (card)
        {
            case "pm_card_chargeDeclined":
                intent["status"] = "requires_payment_method";
                return (HttpStatusCode.PaymentRequired, ErrorBody("card_error", "card_declined", "generic_decline", intent));
            case "pm_card_threeDSecureRequired":
                intent["status"] = "requires_action";
                intent["next_action"] = new JsonObject
                {
                    ["type"] = "redirect_to_url",
                    ["redirect_to_url"] = new JsonObject { ["url"] = "https://hooks.stripe.com/3ds", ["return_url"] = form["return_url"] },
                };
                return (HttpStatusCode.OK, intent.ToJsonString());
            default:
                intent["amount_capturable"] = (long)intent["amount"]!;
                Tell("payment_intent.amount_capturable_updated", intent, key);
                return (HttpStatusCode.OK, intent.ToJsonString());
        }
    }

    (HttpStatusCode, string) Move(JsonObject intent, string verb, Dictionary<string, string> form, string? key)
    {
        var status = (string)intent["status"]!;
        if (verb == "capture" && status == "requires_capture")
        {
            (intent["status"], intent["amount_received"]) = ("succeeded", long.Parse(form["amount_to_capture"], CultureInfo.InvariantCulture));
            Tell("payment_intent.succeeded", intent, key);
            return (HttpStatusCode.OK, intent.ToJsonString());
        }
        if (verb == "cancel" && status is "requires_capture" or "requires_action")
        {
            intent["status"] = "canceled";
            Tell("payment_intent.canceled", intent, key);
            return (HttpStatusCode.OK, intent.ToJsonString());
        }
        return (HttpStatusCode.BadRequest, ErrorBody("invalid_request_error", "payment_intent_unexpected_state", null, intent));
    }

    (HttpStatusCode, string) Refund(Dictionary<string, string> form, string? key)
    {
        var refund = new JsonObject
        {
            ["id"] = "re_" + (_events.Count + 1).ToString(CultureInfo.InvariantCulture),
            ["object"] = "refund",
            ["status"] = "succeeded",
            ["amount"] = long.Parse(form["amount"], CultureInfo.InvariantCulture),
            ["currency"] = "eur",
            ["payment_intent"] = form["payment_intent"],
            ["created"] = clock.GetUtcNow().ToUnixTimeSeconds(),
            ["metadata"] = new JsonObject { ["key"] = form["metadata[key]"] },
        };
        Tell("refund.created", refund, key);
        return (HttpStatusCode.OK, refund.ToJsonString());
    }

    HttpResponseMessage Get(string path, Dictionary<string, string> query)
    {
        switch (path.Split('/'))
        {
            case ["", "v1", "payment_intents"]:
                return List(_intents.Values.Where(intent => (long)intent["created"]! >= long.Parse(query["created[gte]"], CultureInfo.InvariantCulture)));
            case ["", "v1", "payment_intents", var id]:
                return _intents.TryGetValue(id, out var intent) ? Json(HttpStatusCode.OK, intent.ToJsonString()) : Error(HttpStatusCode.NotFound, "invalid_request_error", null);
            case ["", "v1", "checkout", "sessions", var session]:
                return Json(HttpStatusCode.OK, session == "cs_test_empty"
                    ? $$"""{"id":"{{session}}","object":"checkout.session","setup_intent":null}"""
                    : $$$"""{"id":"{{{session}}}","object":"checkout.session","customer":"cus_1","setup_intent":{"id":"seti_1","object":"setup_intent","payment_method":"pm_of_page"}}""");
            case ["", "v1", "events"]:
                var after = query.TryGetValue("ending_before", out var last) ? _events.FindIndex(told => (string)told["id"]! == last) + 1 : 0;
                // The page next to the cursor, the newest first.
                return List(_events.Skip(after).Take(int.Parse(query["limit"], CultureInfo.InvariantCulture)).Reverse());
            default:
                return Error(HttpStatusCode.NotFound, "invalid_request_error", null);
        }
    }

    void Tell(string type, JsonObject about, string? key) => _events.Add(new JsonObject
    {
        ["id"] = "evt_" + (_events.Count + 1).ToString(CultureInfo.InvariantCulture),
        ["object"] = "event",
        ["type"] = type,
        ["created"] = clock.GetUtcNow().ToUnixTimeSeconds(),
        ["api_version"] = "2026-01-01.test",
        ["data"] = new JsonObject { ["object"] = about.DeepClone() },
        ["request"] = new JsonObject { ["id"] = "req_1", ["idempotency_key"] = key },
    });

    static Dictionary<string, string> Parse(string form)
    {
        var parsed = HttpUtility.ParseQueryString(form);
        return parsed.AllKeys.ToDictionary(name => name!, name => parsed[name]!);
    }

    static HttpResponseMessage List(IEnumerable<JsonObject> items) => Json(HttpStatusCode.OK,
        $$"""{"object":"list","has_more":false,"data":[{{string.Join(',', items.Select(item => item.ToJsonString()))}}]}""");

    static string ErrorBody(string type, string? code, string? declineCode = null, JsonObject? intent = null) => new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["type"] = type,
            ["code"] = code,
            ["decline_code"] = declineCode,
            ["message"] = "No.",
            ["payment_intent"] = intent?.DeepClone(),
        },
    }.ToJsonString();

    static HttpResponseMessage Error(HttpStatusCode status, string type, string? code) => Json(status, ErrorBody(type, code));

    static HttpResponseMessage Json(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    /// <summary>The client disposes of its handler; the provider outlives it.</summary>
    public HttpMessageHandler Connect() => new Connection(this);

    sealed class Connection(FakeStripe stripe) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            stripe.SendAsync(request, cancellationToken);
    }
}
