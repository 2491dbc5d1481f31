using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;

namespace Souk.Payment.Tests;

/// <summary>How a call goes wrong.</summary>
enum Fault
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>No answer, and nothing has happened; <see cref="FakeSandbox.Deliver"/> lets it arrive after all.</summary>
    HangBefore,

    /// <summary>It has happened, and no answer comes.</summary>
    HangAfter,

    /// <summary>The connection breaks, and nothing has happened.</summary>
    ResetBefore,

    /// <summary>It has happened, and the connection breaks.</summary>
    ResetAfter,

    /// <summary>500, and nothing has happened.</summary>
    ErrorBefore,

    /// <summary>It has happened, and the answer is 503.</summary>
    ErrorAfter,

    /// <summary>It has happened, and the answer is no JSON.</summary>
    GarbledAfter,
}

/// <summary>The sandbox provider as its contract says, in memory, with faults on demand.</summary>
sealed class FakeSandbox(TimeProvider clock) : HttpMessageHandler
{
    public const string ApiSecret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    public const string WebhookSecret = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

    readonly Lock _gate = new();
    readonly Dictionary<string, JsonObject> _authorizations = [];
    readonly Dictionary<string, (string Request, HttpStatusCode Status, string Body)> _answered = [];
    readonly List<JsonObject> _ledger = [];
    readonly List<(string Path, string Key, JsonObject Body)> _hanging = [];
    readonly Queue<Fault> _faults = new();

    /// <summary>POSTs that came in, as "path key".</summary>
    public List<string> Calls { get; } = [];

    /// <summary>GETs that came in.</summary>
    public List<string> Questions { get; } = [];

    /// <summary>All that came in.</summary>
    public int Count
    {
        get { lock (_gate) return Calls.Count + Questions.Count; }
    }

    /// <summary>Whether everything hangs, questions too.</summary>
    public bool IsDown { get; set; }

    /// <summary>Whether questions hang.</summary>
    public bool IsMute { get; set; }

    public IReadOnlyList<JsonObject> Ledger => _ledger;

    /// <summary>The next POSTs go wrong like this.</summary>
    public void FailNext(params Fault[] faults)
    {
        foreach (var fault in faults) _faults.Enqueue(fault);
    }

    /// <summary>What hung arrives.</summary>
    public void Deliver()
    {
        lock (_gate)
        {
            foreach (var (path, key, body) in _hanging) Apply(path, key, body);
            _hanging.Clear();
        }
    }

    public JsonObject Authorization(string reference)
    {
        lock (_gate) return _authorizations.Values.Single(a => (string)a["reference"]! == reference);
    }

    public bool Has(string reference)
    {
        lock (_gate) return _authorizations.Values.Any(a => (string)a["reference"]! == reference);
    }

    /// <summary>The customer answers the bank.</summary>
    public void Approve(string reference, bool isApproved = true)
    {
        var authorization = Authorization(reference);
        lock (_gate)
        {
            authorization["state"] = isApproved ? "authorized" : "declined";
            authorization["nextActionUrl"] = null;
            if (isApproved) Book(reference, "authorize", authorization, (long)authorization["amount"]!);
            else authorization["declineCode"] = "authentication_failed";
        }
    }

    /// <summary>Something moves that nobody asked for.</summary>
    public void BookStray(string key, string kind, string reference, long amount)
    {
        lock (_gate) Book(key, kind, new JsonObject { ["id"] = "auth_stray", ["reference"] = reference, ["currency"] = "EUR" }, amount);
    }

    /// <summary>A webhook of the present state of an authorisation.</summary>
    public string Event(string id, string type, string reference)
    {
        lock (_gate)
        {
            return new JsonObject
            {
                ["id"] = id,
                ["type"] = type,
                ["createdAt"] = clock.GetUtcNow().ToString("O"),
                ["data"] = _authorizations.Values.Single(a => (string)a["reference"]! == reference).DeepClone(),
            }.ToJsonString();
        }
    }

    public static string Sign(string body, DateTimeOffset at, string secret = WebhookSecret)
    {
        var t = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={t},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{t}.{body}")))}";
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization?.ToString() != "Bearer " + ApiSecret) return Json(HttpStatusCode.Unauthorized, "{}");
        var path = request.RequestUri!.AbsolutePath;
        if (request.Method == HttpMethod.Get)
        {
            lock (_gate) Questions.Add(request.RequestUri.PathAndQuery);
            if (IsDown || IsMute) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return Answer(path, HttpUtility.ParseQueryString(request.RequestUri.Query));
        }

        var key = request.Headers.GetValues("Idempotency-Key").Single();
        var body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!.AsObject();
        Fault fault;
        (HttpStatusCode Status, string Body) answer = (HttpStatusCode.OK, "");
        lock (_gate)
        {
            Calls.Add($"{path} {key}");
            if (!_faults.TryDequeue(out fault)) fault = IsDown ? Fault.HangBefore : Fault.None;
            if (fault == Fault.HangBefore) _hanging.Add((path, key, body));
            if (fault is not (Fault.HangBefore or Fault.ResetBefore or Fault.ErrorBefore)) answer = Apply(path, key, body);
        }
        switch (fault)
        {
            case Fault.HangBefore or Fault.HangAfter:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                throw new InvalidOperationException("unreachable");
            case Fault.ResetBefore or Fault.ResetAfter:
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was reset.");
            case Fault.ErrorBefore:
                return Json(HttpStatusCode.InternalServerError, "{}");
            case Fault.ErrorAfter:
                return Json(HttpStatusCode.ServiceUnavailable, "{}");
            case Fault.GarbledAfter:
                return Json(HttpStatusCode.OK, "<html>");
            default:
                return Json(answer.Status, answer.Body);
        }
    }

    (HttpStatusCode Status, string Body) Apply(string path, string key, JsonObject body)
    {
        var request = path + body.ToJsonString();
        if (_answered.TryGetValue(key, out var first))
        {
            return first.Request == request ? (first.Status, first.Body) : (HttpStatusCode.UnprocessableEntity, "{}");
        }
        var (status, answer) = path == "/v1/authorizations" ? Authorize(key, body) : Change(path.Split('/'), key, body);
        _answered[key] = (request, status, answer);
        return (status, answer);
    }

    (HttpStatusCode, string) Authorize(string key, JsonObject body)
    {
        var token = (string)body["paymentMethod"]!;
        var id = "auth_" + (_authorizations.Count + 1).ToString(CultureInfo.InvariantCulture);
        var state = token switch
        {
            "pm_card_declined" or "pm_card_insufficient_funds" => "declined",
            "pm_card_3ds" => "requires_action",
            _ => "authorized",
        };
        var authorization = new JsonObject
        {
            ["id"] = id,
            ["reference"] = (string)body["reference"]!,
            ["state"] = state,
            ["amount"] = (long)body["amount"]!,
            ["currency"] = (string)body["currency"]!,
            ["captured"] = 0L,
            ["refunded"] = 0L,
            ["createdAt"] = clock.GetUtcNow().ToString("O"),
        };
        if (state == "declined") authorization["declineCode"] = token["pm_".Length..];
        if (state == "requires_action") authorization["nextActionUrl"] = "http://localhost:8082/3ds/" + id;
        _authorizations[id] = authorization;
        if (state == "authorized") Book(key, "authorize", authorization, (long)authorization["amount"]!);
        return (HttpStatusCode.OK, authorization.ToJsonString());
    }

    (HttpStatusCode, string) Change(string[] path, string key, JsonObject body)
    {
        if (!_authorizations.TryGetValue(path[3], out var a)) return (HttpStatusCode.NotFound, "{}");
        var state = (string)a["state"]!;
        var amount = (long?)body["amount"] ?? 0;
        switch (path[4])
        {
            case "captures":
                if (state != "authorized") return No("not_capturable");
                if (amount > (long)a["amount"]!) return No("amount_too_large");
                (a["state"], a["captured"]) = ("captured", amount);
                Book(key, "capture", a, amount);
                break;
            case "voids":
                if (state is not ("authorized" or "requires_action")) return No("not_voidable");
                a["state"] = "voided";
                if (state == "authorized") Book(key, "void", a, (long)a["amount"]!);
                break;
            default:
                if (state != "captured") return No("not_refundable");
                if (amount + (long)a["refunded"]! > (long)a["captured"]!) return No("amount_too_large");
                a["refunded"] = (long)a["refunded"]! + amount;
                Book(key, "refund", a, amount);
                break;
        }
        return (HttpStatusCode.OK, a.ToJsonString());
    }

    HttpResponseMessage Answer(string path, System.Collections.Specialized.NameValueCollection query)
    {
        lock (_gate)
        {
            if (path == "/v1/ledger")
            {
                var after = int.Parse(query["after"]!, CultureInfo.InvariantCulture);
                return Json(HttpStatusCode.OK, "{\"items\":[" + string.Join(',', _ledger.Skip(after).Take(int.Parse(query["limit"]!, CultureInfo.InvariantCulture)).Select(line => line.ToJsonString())) + "]}");
            }
            if (path == "/v1/authorizations")
            {
                return Json(HttpStatusCode.OK, "{\"items\":[" + string.Join(',', _authorizations.Values
                    .Where(a => (string)a["reference"]! == query["reference"]).Select(a => a.ToJsonString())) + "]}");
            }
            return _authorizations.TryGetValue(path.Split('/')[3], out var found)
                ? Json(HttpStatusCode.OK, found.ToJsonString()) : Json(HttpStatusCode.NotFound, "{}");
        }
    }

    void Book(string key, string kind, JsonObject a, long amount) => _ledger.Add(new JsonObject
    {
        ["seq"] = _ledger.Count + 1,
        ["key"] = key,
        ["kind"] = kind,
        ["authorizationId"] = (string)a["id"]!,
        ["reference"] = (string)a["reference"]!,
        ["amount"] = amount,
        ["currency"] = (string)a["currency"]!,
        ["at"] = clock.GetUtcNow().ToString("O"),
    });

    static (HttpStatusCode, string) No(string code) => (HttpStatusCode.Conflict, JsonSerializer.Serialize(new { code }));

    static HttpResponseMessage Json(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    /// <summary>The client disposes of its handler at a restart; the provider outlives it.</summary>
    public HttpMessageHandler Connect() => new Connection(this);

    sealed class Connection(FakeSandbox sandbox) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            sandbox.SendAsync(request, cancellationToken);
    }
}
