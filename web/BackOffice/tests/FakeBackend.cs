using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;

namespace Souk.BackOffice.Tests;

/// <summary>
/// The staff routes of Catalog, Inventory, Ordering and Login over a little data of the test's own. Like theirs, what is sent
/// again under its key is done once. Each service can be down.
/// </summary>
public sealed class FakeBackend
{
    readonly ConcurrentDictionary<string, string> _keys = new();

    public FakeLogin? Login { get; set; }

    /// <summary>Services at which nothing listens.</summary>
    public HashSet<string> Down { get; } = [];

    /// <summary>Changes are done, and their answers lost on the way.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Every request that was answered, as <c>service METHOD /path</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Subjects of the tokens that came with requests; empty for one without.</summary>
    public ConcurrentQueue<string> Users { get; } = new();

    public List<JsonObject> Refunds { get; } = [];

    public JsonArray Actions { get; } = [];

    public JsonArray Attention { get; } = [];

    public JsonObject Order { get; } = Parse("""
        {
          "id": "order-1", "number": "7K2M9QX1", "state": "Completed", "outcome": "confirmed", "email": "amal@example.com",
          "shippingAddress": { "name": "Amal Haddad", "line1": "Rosenweg 7", "city": "Berlin", "postalCode": "10115", "country": "DE" },
          "lines": [
            { "sku": "MUG-S", "title": "Tall mug", "variantTitle": "Small", "productHandle": "tall-mug", "quantity": 2,
              "unitPrice": { "amount": 1999, "currency": "EUR" }, "lineTotal": { "amount": 3998, "currency": "EUR" } },
            { "sku": "VASE", "title": "Moon vase", "variantTitle": "", "productHandle": "moon-vase", "quantity": 1,
              "unitPrice": { "amount": 4900, "currency": "EUR" }, "lineTotal": { "amount": 4900, "currency": "EUR" } }
          ],
          "itemsTotal": { "amount": 8898, "currency": "EUR" }, "shipping": { "amount": 490, "currency": "EUR" }, "tax": { "amount": 1499, "currency": "EUR" },
          "total": { "amount": 9388, "currency": "EUR" }, "refunded": { "amount": 0, "currency": "EUR" },
          "payment": { "state": "captured", "attempt": 1 },
          "shipment": { "state": "in_transit", "parcels": [{ "no": 1, "tracking": "TRACK-1", "state": "in_transit" }] },
          "history": [{ "seq": 1, "state": "Placed", "at": "2026-01-02T03:04:05Z" }],
          "canCancel": false, "placedAt": "2026-01-02T03:04:05Z"
        }
        """);

    public JsonObject Product { get; } = Parse("""
        {
          "title": "Tall mug", "description": "<p>Made by hand.</p>\n<p>Of clay.</p>", "vendor": "Clay & Co", "category": "Pottery",
          "tags": ["handmade", "mug"], "published": true, "images": [{ "src": "/api/catalog/images/mug.svg", "alt": "A mug" }], "options": ["Size"],
          "variants": [
            { "sku": "MUG-S", "values": ["Small"], "price": 1999, "compareAtPrice": null, "quantity": 10, "grams": 300, "image": null },
            { "sku": "MUG-L", "values": ["Large"], "price": 2499, "compareAtPrice": 2999, "quantity": 10, "grams": 300, "image": "/api/catalog/images/mug.svg" }
          ],
          "version": 3
        }
        """);

    public JsonObject Account { get; } = Parse("""
        {
          "subject": "amal", "email": "amal@example.com", "isConfirmed": true, "isDisabled": false, "hasSecondFactor": false,
          "roles": ["customer"], "createdAt": "2026-01-01T00:00:00Z"
        }
        """);

    public JsonObject Stock { get; } = Parse("""{ "sku": "MUG-S", "onHand": 4, "reserved": 1, "version": 2 }""");

    public JsonArray Changes { get; } = [];

    /// <summary>What an import answers, line by line.</summary>
    public string Import { get; set; } =
        """
        {"rows":2,"products":1,"total":3}
        {"done":true,"rows":3,"products":1,"created":1,"updated":0,"unchanged":0,"withdrawn":0,"refused":[{"row":3,"code":"catalog.import.price_invalid","detail":"The price '<script>alert(1)</script>' is none."}],"refusedTotal":1}

        """;

    public HttpMessageHandler Network(string service) => new Wire(this, service);

    static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    static JsonObject Euro(long amount) => new() { ["amount"] = amount, ["currency"] = "EUR" };

    HttpResponseMessage Answer(string service, HttpRequestMessage request, string sent)
    {
        var path = request.RequestUri!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        var query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        var key = request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null;
        return (service, request.Method.Method, path[0] == "api" ? path[2..] : path) switch
        {
            ("ordering", "GET", ["staff", "sagas"]) => List(Attention),
            ("ordering", "GET", ["staff", "orders"]) => List(new JsonArray(Entry()), query["after"] is null ? "next-page" : null),
            ("ordering", "GET", ["staff", "orders", "order-1"]) => FakeAnswer.Json(Whole()),
            ("ordering", "POST", ["staff", "orders", "order-1", "refunds"]) => Once(key!, sent, Refund),
            ("ordering", "POST", ["staff", "orders", "order-1", "cancel"]) => Cancel(),
            ("inventory", "GET", ["staff", "stock"]) => List(new JsonArray(Stock.DeepClone())),
            ("inventory", "GET", ["staff", "stock", "MUG-S"]) => FakeAnswer.Json(Stock),
            ("inventory", "GET", ["staff", "stock", "MUG-S", "audit"]) => List(Changes),
            ("inventory", "POST", ["staff", "stock", "MUG-S", var what]) => Once(key!, sent, body => Change(what, body)),
            ("catalog", "GET", ["staff", "products"]) => List(new JsonArray(ProductEntry())),
            ("catalog", "GET", ["staff", "products", "tall-mug"]) => FakeAnswer.Json(Product),
            ("catalog", "PUT", ["staff", "products", "tall-mug"]) => Edit(JsonNode.Parse(sent)!.AsObject()),
            ("catalog", "POST", ["staff", "imports"]) => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Import, Encoding.UTF8, "application/x-ndjson") },
            ("login", "GET", ["accounts"]) => List(new JsonArray(Account.DeepClone())),
            ("login", "GET", ["accounts", "amal"]) => FakeAnswer.Json(Account),
            ("login", "PUT", ["accounts", "amal", "disabled"]) => Disable(JsonNode.Parse(sent)!),
            _ => FakeAnswer.Refuse(404, $"{service}.unknown"),
        };
    }

    static HttpResponseMessage List(JsonArray items, string? next = null) => FakeAnswer.Json(new JsonObject { ["items"] = items.DeepClone(), ["next"] = next });

    HttpResponseMessage Once(string key, string body, Func<JsonNode, HttpResponseMessage> act)
    {
        var known = _keys.GetOrAdd(key, body);
        return known != body ? FakeAnswer.Refuse(422, "request.idempotency_key_reused") : act(JsonNode.Parse(body)!.AsObject().With("key", key));
    }

    HttpResponseMessage Refund(JsonNode body)
    {
        var key = body["key"]!.GetValue<string>();
        if (Refunds.FirstOrDefault(refund => refund["key"]!.GetValue<string>() == key) is { } known) return FakeAnswer.Json(known, 202);
        if (body["amount"]?.GetValue<long>() > 9388) return FakeAnswer.Refuse(409, "order.refund_too_much");
        var parts = (body["lines"] as JsonArray ?? []).Select(line => new JsonObject
        {
            ["line"] = "1",
            ["sku"] = line!["sku"]!.DeepClone(),
            ["quantity"] = line["quantity"]!.DeepClone(),
            ["amount"] = Euro(1999 * line["quantity"]!.GetValue<int>()),
            ["state"] = "open",
        });
        var refund = new JsonObject
        {
            ["key"] = key,
            ["asked"] = body.DeepClone(),
            ["id"] = $"refund-{Refunds.Count + 1}",
            ["orderId"] = "order-1",
            ["state"] = "Requested",
            ["amount"] = Euro(1999),
            ["refunded"] = Euro(0),
            ["reason"] = body["reason"]!.DeepClone(),
            ["requestedAt"] = "2026-01-03T00:00:00Z",
            ["parts"] = new JsonArray([.. parts]),
        };
        Refunds.Add(refund);
        Actions.Add(new JsonObject { ["what"] = "refund", ["by"] = "nadia", ["was"] = "0", ["became"] = "1999", ["reason"] = body["reason"]!.DeepClone(), ["at"] = "2026-01-03T00:00:00Z" });
        return FakeAnswer.Json(refund, 202);
    }

    HttpResponseMessage Cancel()
    {
        if (!Order["canCancel"]!.GetValue<bool>()) return FakeAnswer.Refuse(409, "order.not_cancellable");
        (Order["state"], Order["canCancel"]) = ("Cancelling", false);
        return FakeAnswer.Json(Whole()["order"]!);
    }

    HttpResponseMessage Change(string what, JsonNode body)
    {
        var before = Stock["onHand"]!.GetValue<long>();
        var key = body["key"]!.GetValue<string>();
        if (Changes.Any(change => change!["key"]!.GetValue<string>() == key)) return FakeAnswer.Json(Stock);
        var after = what == "receipts" ? before + body["quantity"]!.GetValue<long>() : body["onHand"]!.GetValue<long>();
        if (after < Stock["reserved"]!.GetValue<long>()) return FakeAnswer.Refuse(409, "inventory.stock.below_reserved");
        Stock["onHand"] = after;
        Changes.Add(new JsonObject
        {
            ["key"] = key,
            ["version"] = Changes.Count + 1,
            ["kind"] = what[..^1],
            ["onHandBefore"] = before,
            ["onHandAfter"] = after,
            ["reason"] = body["reason"]!.DeepClone(),
            ["by"] = "nadia",
            ["at"] = "2026-01-03T00:00:00Z",
        });
        return FakeAnswer.Json(Stock);
    }

    HttpResponseMessage Edit(JsonObject edited)
    {
        if (edited["version"]!.GetValue<long>() != Product["version"]!.GetValue<long>()) return FakeAnswer.Refuse(412, "catalog.product_changed");
        if (edited["title"]!.GetValue<string>().Contains('<', StringComparison.Ordinal))
        {
            var refused = Parse("""{ "code": "catalog.import.title_invalid", "refused": [{ "row": 1, "code": "catalog.import.title_invalid", "detail": "A title like <script>alert(1)</script> is none." }] }""");
            return FakeAnswer.Json(refused, 400);
        }
        foreach (var (name, value) in edited) Product[name] = value?.DeepClone();
        Product["version"] = edited["version"]!.GetValue<long>() + 1;
        return FakeAnswer.Json(Product);
    }

    HttpResponseMessage Disable(JsonNode body)
    {
        Account["isDisabled"] = body["disabled"]!.GetValue<bool>();
        return FakeAnswer.Json(Account);
    }

    JsonObject Whole()
    {
        var order = Order.DeepClone().AsObject();
        order["refunds"] = new JsonArray([.. Refunds.Select(refund => refund.DeepClone())]);
        return new JsonObject { ["customer"] = "amal", ["order"] = order, ["actions"] = Actions.DeepClone() };
    }

    JsonObject Entry() => new()
    {
        ["id"] = "order-1",
        ["number"] = Order["number"]!.DeepClone(),
        ["email"] = Order["email"]!.DeepClone(),
        ["name"] = Order["shippingAddress"]!["name"]!.DeepClone(),
        ["state"] = Order["state"]!.DeepClone(),
        ["outcome"] = "confirmed",
        ["paymentState"] = "captured",
        ["total"] = Euro(9388),
        ["refunded"] = Euro(0),
        ["placedAt"] = "2026-01-02T03:04:05Z",
    };

    JsonObject ProductEntry() => new()
    {
        ["handle"] = "tall-mug",
        ["title"] = Product["title"]!.DeepClone(),
        ["vendor"] = Product["vendor"]!.DeepClone(),
        ["category"] = Product["category"]!.DeepClone(),
        ["published"] = true,
        ["price"] = 1999,
        ["priceMax"] = 2499,
        ["version"] = 3,
    };

    /// <summary>The wire to one service.</summary>
    sealed class Wire(FakeBackend backend, string service) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (backend.Down.Contains(service)) throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
            var sent = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            if (service == "login" && !request.RequestUri!.AbsolutePath.StartsWith("/api/", StringComparison.Ordinal)) return await backend.Login!.AnswerAsync(request, sent, cancellationToken);
            backend.Asked.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{service} {request.Method} {request.RequestUri!.PathAndQuery}"));
            backend.Users.Enqueue(Bearer.SubjectOf(request) ?? "");
            lock (backend)
            {
                var answer = backend.Answer(service, request, sent);
                if (request.Method == HttpMethod.Get || !backend.LosesAnswers) return answer;
            }
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The answer is lost.");
        }
    }
}

static class Nodes
{
    extension(JsonObject body)
    {
        public JsonObject With(string name, string value)
        {
            body[name] = value;
            return body;
        }
    }
}
