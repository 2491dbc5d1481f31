using System.Globalization;
using System.Text.Json.Nodes;

namespace Souk.Storefront.Tests;

/// <summary>
/// Ordering and Payment as the contract describes them. An order goes as far as the next card's fate says, and on from
/// there when the test says so.
/// </summary>
public sealed class FakeOrdering(FakeStore store)
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    readonly Dictionary<string, (string Body, int Status, JsonObject Answer)> _answered = [];
    readonly Dictionary<string, JsonObject> _orders = [];

    /// <summary>Orders in the order of their placing.</summary>
    public IReadOnlyList<JsonObject> Orders => [.. _orders.Values];

    public JsonObject Last => _orders.Values.Last();

    /// <summary>What the provider says to the next card: authorized, declined, unknown, requires_customer.</summary>
    public string NextCard { get; set; } = "authorized";

    public HashSet<string> OutOfStock { get; } = [];

    /// <summary>The next answers to a POST of an order are lost on the way: the order is there.</summary>
    public int LoseAnswers { get; set; }

    /// <summary>What the first request with a key is answered while it is under way: 409 with its place.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>What every POST of an order is refused with, where set.</summary>
    public (int Status, JsonObject Problem)? Refusal { get; set; }

    /// <summary>What Payment gives as the provider's page.</summary>
    public string ProviderPage { get; set; } = "http://localhost:8082/pay?reference=";

    /// <summary>What Payment was asked for.</summary>
    public List<JsonObject> Pages { get; } = [];

    public HttpResponseMessage Answer(HttpRequestMessage request, string[] path, JsonObject? body)
    {
        var key = request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null;
        return (request.Method.Method, path) switch
        {
            ("POST", ["quotes"]) => Quote(body!) is { } quote ? FakeStore.Json(quote) : Refuse(body!),
            ("GET", ["orders"]) => Bearer.SubjectOf(request) is { } subject ? FakeStore.Json(HistoryOf(subject)) : FakeStore.Refuse(401, "token.missing"),
            ("POST", ["orders"]) => Once(key, "orders", body!, () => Place(body!, Bearer.SubjectOf(request))),
            ("POST", ["lookups"]) => _orders.Values.FirstOrDefault(order => Text(order, "number") == Text(body!, "number")
                && string.Equals(Text(order, "email"), Text(body!, "email"), StringComparison.OrdinalIgnoreCase)) is { } found
                ? FakeStore.Json(new JsonObject { ["id"] = found["id"]!.DeepClone() }) : FakeStore.Refuse(404, "order.order_unknown"),
            (_, ["orders", var id, ..]) when !_orders.ContainsKey(id) => FakeStore.Refuse(404, "order.order_unknown"),
            ("GET", ["orders", var id]) => FakeStore.Json(_orders[id]),
            ("POST", ["orders", var id, "cancel"]) => Cancel(_orders[id]),
            ("POST", ["orders", var id, "payments"]) => Once(key, id, body!, () => PayAgain(_orders[id])),
            _ => FakeStore.Refuse(404, "request.route_unknown"),
        };
    }

    JsonObject HistoryOf(string subject) => new()
    {
        ["items"] = new JsonArray([.. _orders.Values.Where(order => order["customer"]?.GetValue<string>() == subject).Reverse().Select(order => order.DeepClone())]),
        ["next"] = null,
    };

    public HttpResponseMessage Page(JsonObject body)
    {
        Pages.Add(body.DeepClone().AsObject());
        return FakeStore.Json(new JsonObject { ["url"] = ProviderPage + Text(body, "reference") });
    }

    /// <summary>Moves an order on by its saga's states.</summary>
    public void Move(JsonObject order, params string[] states)
    {
        var history = order["history"]!.AsArray();
        foreach (var state in states)
        {
            history.Add(new JsonObject { ["seq"] = history.Count + 1, ["state"] = state, ["at"] = Noon.AddSeconds(history.Count).ToString("O") });
            order["state"] = state;
            order["version"] = order["version"]!.GetValue<long>() + 1;
            if (state is "Confirmed") order["outcome"] = "confirmed";
            if (state is "Rejected" or "Cancelled" or "NeedsAttention") order["outcome"] = state == "NeedsAttention" ? "needs_attention" : state.ToLowerInvariant();
            if (state is "Captured") Pay(order, "captured");
            if (state is "Declined" or "Authorized") Pay(order, state.ToLowerInvariant());
            if (state is "ShipmentRequested") Ship(order, "requested");
            if (state is "Completed")
            {
                var cart = store.CartOf(Text(order, "cartId"));
                foreach (var line in order["lines"]!.AsArray()) cart.Remove(Text(line!.AsObject(), "sku"));
            }
        }
        order["canCancel"] = Text(order, "outcome") == "pending" && Text(order, "state") != "Cancelling";
        order["canPayAgain"] = Text(order, "state") == "Declined" && order["payment"]!["attempt"]!.GetValue<int>() < 3;
    }

    public static void Ship(JsonObject order, string state) => order["shipment"] = new JsonObject
    {
        ["state"] = state,
        ["parcels"] = new JsonArray(new JsonObject { ["no"] = 1, ["tracking"] = "SK7Q2M4X9A", ["state"] = state }),
    };

    public static void Pay(JsonObject order, string state, string? reason = null, string? bank = null) => order["payment"] = new JsonObject
    {
        ["state"] = state,
        ["attempt"] = order["payment"]!["attempt"]!.DeepClone(),
        ["reason"] = reason,
        ["nextActionUrl"] = bank,
    };

    HttpResponseMessage Once(string? key, string scope, JsonObject body, Func<HttpResponseMessage> run)
    {
        if (key is null) return FakeStore.Refuse(400, "request.idempotency_key_invalid");
        var text = body.ToJsonString();
        if (_answered.TryGetValue(scope + key, out var first))
        {
            if (first.Body != text) return FakeStore.Refuse(422, "request.idempotency_key_reused");
            return Placed(FakeStore.Json(first.Answer, first.Status), first.Answer);
        }
        var answer = run();
        var json = JsonNode.Parse(answer.Content.ReadAsStringAsync().Result)!.AsObject();
        if ((int)answer.StatusCode is not (400 or >= 500)) _answered[scope + key] = (text, (int)answer.StatusCode, json);
        if (LoseAnswers > 0)
        {
            LoseAnswers--;
            return FakeStore.Refuse(500, "lost");
        }
        if (!IsUnderWay) return Placed(answer, json);
        return Placed(FakeStore.Refuse(409, "request.in_progress"), json);
    }

    static HttpResponseMessage Placed(HttpResponseMessage answer, JsonObject json)
    {
        if (json["id"] is { } id) answer.Headers.Location = new Uri("/api/ordering/orders/" + id.GetValue<string>(), UriKind.Relative);
        return answer;
    }

    HttpResponseMessage Place(JsonObject body, string? customer)
    {
        if (Refusal is { } no) return FakeStore.Json(no.Problem.DeepClone().AsObject(), no.Status);
        var address = body["shippingAddress"]!.AsObject();
        var quote = Quote(new JsonObject
        {
            ["cartId"] = body["cartId"]!.DeepClone(),
            ["country"] = address["country"]!.DeepClone(),
            ["shippingOption"] = body["shippingOption"]!.DeepClone(),
        });
        if (quote is null) return FakeStore.Refuse(422, "order.cart_empty");
        if (Text(quote, "quoteHash") != Text(body, "quoteHash"))
        {
            return FakeStore.Json(new JsonObject { ["code"] = "order.price_changed", ["quote"] = quote }, 409);
        }
        if (_orders.Values.Any(order => Text(order, "cartId") == Text(body, "cartId") && Text(order, "state") is not ("Completed" or "Rejected" or "Cancelled")))
        {
            return FakeStore.Refuse(409, "cart.in_checkout");
        }
        var number = (_orders.Count + 1).ToString(CultureInfo.InvariantCulture);
        var order = new JsonObject
        {
            ["customer"] = customer,
            ["id"] = "order-" + number,
            ["number"] = "7K2M9QX" + number,
            ["version"] = 1L,
            ["state"] = "",
            ["outcome"] = "pending",
            ["reason"] = null,
            ["email"] = body["email"]!.DeepClone(),
            ["shippingAddress"] = address.DeepClone(),
            ["lines"] = quote["lines"]!.DeepClone(),
            ["itemsTotal"] = quote["itemsTotal"]!.DeepClone(),
            ["shippingOption"] = quote["shippingOptions"]!.AsArray().Single(option => Text(option!.AsObject(), "id") == Text(quote, "shippingOption"))!.DeepClone(),
            ["shipping"] = quote["shipping"]!.DeepClone(),
            ["tax"] = quote["tax"]!.DeepClone(),
            ["taxRate"] = 1900,
            ["total"] = quote["total"]!.DeepClone(),
            ["refunded"] = FakeStore.Money(0),
            ["payment"] = new JsonObject { ["state"] = "pending", ["attempt"] = 1, ["reason"] = null, ["nextActionUrl"] = null },
            ["shipment"] = null,
            ["history"] = new JsonArray(),
            ["placedAt"] = Noon.ToString("O"),
            ["cartId"] = body["cartId"]!.DeepClone(),
            ["paymentMethod"] = body["paymentMethod"]!.DeepClone(),
        };
        _orders[Text(order, "id")] = order;
        Move(order, "Placed");
        var missing = order["lines"]!.AsArray().Select(line => Text(line!.AsObject(), "sku")).Where(OutOfStock.Contains).ToList();
        if (missing.Count > 0)
        {
            order["reason"] = "out_of_stock: " + string.Join(", ", missing);
            Move(order, "Rejected");
        }
        else
        {
            Move(order, "Reserved", "Authorizing");
            Charge(order);
        }
        return FakeStore.Json(order.DeepClone().AsObject(), Text(order, "outcome") == "pending" ? 202 : 201);
    }

    void Charge(JsonObject order)
    {
        switch (NextCard)
        {
            case "authorized":
                Move(order, "Authorized", "Pinned", "Confirmed", "Captured", "StockCommitted", "ShipmentRequested", "Completed");
                break;
            case "declined":
                Move(order, "Declined");
                Pay(order, "declined", "insufficient_funds");
                break;
            case "unknown":
                Move(order, "PaymentUnknown");
                Pay(order, "unknown");
                break;
            case "requires_customer":
                Move(order, "AwaitingCustomer");
                Pay(order, "requires_customer", bank: "http://localhost:8082/3ds/auth_1");
                break;
        }
    }

    HttpResponseMessage PayAgain(JsonObject order)
    {
        if (!order["canPayAgain"]!.GetValue<bool>()) return FakeStore.Refuse(409, "order.not_payable");
        order["payment"]!["attempt"] = order["payment"]!["attempt"]!.GetValue<int>() + 1;
        Move(order, "Authorizing");
        Charge(order);
        return FakeStore.Json(order.DeepClone().AsObject(), 202);
    }

    HttpResponseMessage Cancel(JsonObject order)
    {
        if (!order["canCancel"]!.GetValue<bool>()) return FakeStore.Refuse(409, "order.not_cancellable");
        Move(order, "Cancelling", "Cancelled");
        Pay(order, "voided");
        return FakeStore.Json(order);
    }

    static HttpResponseMessage Refuse(JsonObject body) => Text(body, "country") switch
    {
        { Length: not 2 } => FakeStore.Refuse(400, "order.country_invalid"),
        "KP" => FakeStore.Refuse(422, "order.country_unserved"),
        _ when body["shippingOption"]?.GetValue<string>() is { } option && option is not ("standard" or "express") => FakeStore.Refuse(400, "order.shipping_option_unknown"),
        _ => FakeStore.Refuse(422, "order.cart_empty"),
    };

    /// <summary>Null: refused.</summary>
    JsonObject? Quote(JsonObject body)
    {
        var country = Text(body, "country");
        var option = body["shippingOption"]?.GetValue<string>() ?? "standard";
        if (country.Length != 2 || country == "KP" || option is not ("standard" or "express")) return null;
        if (store.Carts.FirstOrDefault(one => one.Id == Text(body, "cartId")) is not { } cart) return null;
        var lines = cart.ToJson()["lines"]!.AsArray().Where(line => line!["available"]!.GetValue<bool>()).Select(line => line!.DeepClone()).ToArray();
        if (lines.Length == 0) return null;
        var abroad = country == "DE" ? 0 : 700;
        var items = lines.Sum(line => line["lineTotal"]!["amount"]!.GetValue<long>());
        var shipping = abroad + (option == "express" ? 1290 : 490);
        return new JsonObject
        {
            ["cartId"] = cart.Id,
            ["cartVersion"] = cart.Version,
            ["lines"] = new JsonArray(lines),
            ["itemsTotal"] = FakeStore.Money(items),
            ["shippingOptions"] = new JsonArray(Option("standard", "Standard parcel", 490 + abroad, 2, 4), Option("express", "Express, tracked", 1290 + abroad, 1, 1)),
            ["shippingOption"] = option,
            ["shipping"] = FakeStore.Money(shipping),
            ["tax"] = FakeStore.Money((items + shipping) * 19 / 119),
            ["taxRate"] = 1900,
            ["total"] = FakeStore.Money(items + shipping),
            ["quoteHash"] = $"{cart.Version}-{country}-{option}-{items + shipping}",
            ["expiresAt"] = "2030-01-01T00:00:00Z",
        };
    }

    static JsonObject Option(string id, string name, long price, int min, int max) =>
        new() { ["id"] = id, ["name"] = name, ["price"] = FakeStore.Money(price), ["minDays"] = min, ["maxDays"] = max };

    static string Text(JsonObject json, string name) => json[name]?.GetValue<string>() ?? "";
}
