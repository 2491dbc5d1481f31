using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Souk.Ordering.Tests;

/// <summary>What a call to a neighbour meets.</summary>
enum Fault
{
    None,

    /// <summary>It never arrives.</summary>
    FailBefore,

    /// <summary>It has its effect, and the answer is lost.</summary>
    FailAfter,

    /// <summary>It never arrives, and nobody says so.</summary>
    Hang,

    /// <summary>It has its effect, and there is no answer.</summary>
    HangAfter,
}

/// <summary>
/// Cart, Inventory, Payment and Shipping in memory, each by its contract with Ordering, behind one network that can fail.
/// What they know afterwards is what a test holds an order against.
/// </summary>
sealed class FakeStore(TimeProvider clock, TimeSpan clockOffset)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, string> _checkouts = [];
    readonly Dictionary<string, JsonObject> _carts = [];
    int _calls;

    DateTimeOffset Now => clock.GetUtcNow() + clockOffset;

    public FakeFeed PaymentFeed { get; } = new("payment");

    public FakeFeed ShippingFeed { get; } = new("shipping");

    public Dictionary<string, int> OnHand { get; } = [];

    public Dictionary<string, FakeReservation> Reservations { get; } = [];

    public Dictionary<string, FakePayment> Payments { get; } = [];

    public Dictionary<string, string> Shipments { get; } = [];

    public HashSet<string> Restocks { get; } = [];

    /// <summary>Order ids that Cart has removed lines for.</summary>
    public List<string> CheckedOut { get; } = [];

    /// <summary>Every call that came: <c>PUT payment /internal/payments/x/capture</c>.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Users' tokens that came with calls: <c>cart eyJ…</c>.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Tokens { get; } = [];

    /// <summary>What the n-th call meets; asked with its line in <see cref="Calls"/>. Default: nothing.</summary>
    public Func<int, string, Fault> Faults { get; set; } = (_, _) => Fault.None;

    /// <summary>Told of each call before it has its effect.</summary>
    public Action<string> Before { get; set; } = _ => { };

    public long ShippingPrice { get; set; } = 490;

    public bool RefusesCapture { get; set; }

    /// <summary>What Payment says of a refund by its key: <c>refunded</c>, <c>unknown</c> or <c>refused</c>.</summary>
    public Func<string, string> RefundAnswers { get; set; } = _ => "refunded";

    public HttpMessageHandler Network(string service) => new Door(this, service);

    public string AddCart(params (string Sku, int Quantity, long Price)[] lines) => PutCart("cart-" + (_carts.Count + 1), 1, lines);

    public string PutCart(string id, long version, params (string Sku, int Quantity, long Price)[] lines)
    {
        foreach (var line in lines) OnHand.TryAdd(line.Sku, 100);
        _carts[id] = new JsonObject
        {
            ["id"] = id,
            ["version"] = version,
            ["lines"] = new JsonArray([.. lines.Select(line => JsonSerializer.SerializeToNode(new
            {
                sku = line.Sku,
                title = "The " + line.Sku,
                variantTitle = "Blue",
                productHandle = line.Sku.ToLowerInvariant(),
                quantity = line.Quantity,
                unitPrice = new { amount = line.Price, currency = "EUR" },
                available = true,
                grams = 300,
            }))]),
        };
        return id;
    }

    public void PaymentChanged(string orderId) =>
        PaymentFeed.Add("PaymentChanged", orderId, $$"""{"orderId":"{{orderId}}","state":"?","attempt":1}""");

    public void ShipmentChanged(string orderId, string state, params (string Tracking, string State)[] parcels) => ShippingFeed.Add(
        "ShipmentChanged", orderId, JsonSerializer.Serialize(new
        {
            orderId,
            state,
            parcels = parcels.Select((parcel, at) => new { no = at + 1, tracking = parcel.Tracking, state = parcel.State }),
        }));

    /// <summary>What Cart was last asked to remove for an order.</summary>
    public string CheckoutBody(string orderId) => _checkouts[orderId];

    public int CallCount => _calls;

    public bool HasCall(string text)
    {
        lock (_gate) return Calls.Exists(call => call.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Pieces promised and not handed out.</summary>
    public int Reserved(string sku) => Reservations.Values.Where(r => StateOf(r) is "held" or "pinned").Sum(r => r.Lines.GetValueOrDefault(sku));

    public string StateOf(FakeReservation reservation) =>
        reservation.State == "held" && reservation.ExpiresAt <= Now ? "expired" : reservation.State;

    (int Status, object Body) Answer(string service, string method, string path, JsonNode? body)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (service, method, parts) switch
        {
            ("cart", "GET", [_, "carts", var id]) => _carts.TryGetValue(Uri.UnescapeDataString(id), out var cart) ? (200, cart) : Problem(404, "cart.cart_unknown"),
            ("cart", "PUT", [_, "checkouts", var id]) => CheckOut(id, body!),
            ("inventory", "PUT", [_, "reservations", var id]) => Reserve(id, body!),
            ("inventory", "PUT", [_, "reservations", var id, "state"]) => Move(id, body!),
            ("inventory", "PUT", [_, "restocks", var key]) => Restock(key, body!),
            ("shipping", "GET", [_, "options"]) => (200, new
            {
                options = new[]
                {
                    new { id = "standard", name = "Standard", price = new { amount = ShippingPrice, currency = "EUR" }, minDays = 2, maxDays = 4 },
                    new { id = "express", name = "Express", price = new { amount = 1490L, currency = "EUR" }, minDays = 1, maxDays = 1 },
                },
            }),
            ("shipping", "PUT", [_, "shipments", var id]) => Ship(id),
            ("shipping", "PUT", [_, "shipments", var id, "cancellation"]) => StopShipment(id),
            ("payment", "PUT", [_, "payments", var id, "authorizations", var n]) => Authorize(id, int.Parse(n, null), body!),
            ("payment", "PUT", [_, "payments", var id, "capture"]) => Capture(id, body!),
            ("payment", "PUT", [_, "payments", var id, "void"]) => Void(id),
            ("payment", "PUT", [_, "payments", var id, "refunds", var key]) => Refund(id, key, body!),
            _ => Problem(404, "request.route_unknown"),
        };
    }

    (int, object) CheckOut(string id, JsonNode body)
    {
        _checkouts[id] = body.ToJsonString();
        if (!CheckedOut.Contains(id))
        {
            CheckedOut.Add(id);
            // All that was ordered is taken out; that is a new version.
            if (_carts.GetValueOrDefault((string)body["cartId"]!) is { } cart && (long)cart["version"]! == (long)body["cartVersion"]!)
            {
                cart["lines"] = new JsonArray();
                cart["version"] = (long)cart["version"]! + 1;
            }
        }
        return (200, new { orderId = id });
    }

    (int, object) Reserve(string id, JsonNode body)
    {
        var known = Reservations.GetValueOrDefault(id);
        if (known is not null && StateOf(known) is "released") return Problem(409, "inventory.reservation.released");
        if (known is not null && StateOf(known) is "held" or "pinned" or "committed") return (200, new { orderId = id, state = known!.State });
        var lines = body["lines"]!.AsArray().ToDictionary(line => (string)line!["sku"]!, line => (int)line!["quantity"]!);
        var missing = lines.Where(line => OnHand.GetValueOrDefault(line.Key) - Reserved(line.Key) < line.Value).Select(line => line.Key).ToArray();
        if (missing.Length > 0) return Problem(409, "inventory.reservation.out_of_stock", missing);
        var hold = (long?)body["holdSeconds"];
        Reservations[id] = new FakeReservation(lines) { State = hold is null ? "pinned" : "held", ExpiresAt = Now.AddSeconds(hold ?? 0) };
        return (200, new { orderId = id, state = Reservations[id].State });
    }

    (int, object) Move(string id, JsonNode body)
    {
        var wanted = (string)body["state"]!;
        if (!Reservations.TryGetValue(id, out var known)) Reservations[id] = known = new FakeReservation([]) { State = "none" };
        var state = StateOf(known);
        if (state == "expired" && wanted is not "released") return Problem(409, "inventory.reservation.expired");
        var isAllowed = (state, wanted) switch
        {
            ("held", "pinned") or ("pinned", "held") or ("held", "held") or ("held" or "pinned", "committed") => true,
            ("held" or "pinned" or "expired" or "none", "released") => true,
            _ => state == wanted,
        };
        if (!isAllowed) return Problem(409, "inventory.reservation.state_invalid");
        if (wanted == "committed" && state != "committed")
        {
            foreach (var (sku, quantity) in known.Lines) OnHand[sku] -= quantity;
        }
        if (wanted == "held") known.ExpiresAt = Now.AddSeconds((long)body["holdSeconds"]!);
        known.State = wanted;
        return (200, new { orderId = id, state = wanted });
    }

    (int, object) Restock(string key, JsonNode body)
    {
        if (Restocks.Add(key))
        {
            foreach (var line in body["lines"]!.AsArray()) OnHand[(string)line!["sku"]!] += (int)line["quantity"]!;
        }
        return (200, new { });
    }

    (int, object) Ship(string id)
    {
        if (Shipments.GetValueOrDefault(id) == "cancelled") return Problem(409, "shipping.shipment.cancelled");
        Assert.Equal("captured", Payments.GetValueOrDefault(id)?.State);
        Shipments.TryAdd(id, "requested");
        return (200, new { state = Shipments[id], parcels = new[] { new { no = 1, tracking = "T-" + id, state = Shipments[id] } } });
    }

    (int, object) StopShipment(string id)
    {
        Shipments.TryAdd(id, "cancelled");
        if (Shipments[id] == "requested") Shipments[id] = "cancelled";
        return (200, new { state = Shipments[id] == "cancelled" ? "cancelled" : "gone" });
    }

    (int, object) Authorize(string id, int n, JsonNode body)
    {
        if (!Payments.TryGetValue(id, out var payment)) Payments[id] = payment = new FakePayment();
        if (payment.State == "voided") return Problem(409, "payment.voided");
        if (n > payment.Attempt)
        {
            if (n > 1 && payment.State != "declined") return Problem(409, "payment.attempt_invalid");
            payment.Attempt = n;
            payment.Amount = (long)body["amount"]!["amount"]!;
            payment.State = (string)body["paymentMethod"]! switch
            {
                "pm_card_declined" => "declined",
                "pm_card_3ds" => "requires_customer",
                "pm_card_unknown" => "unknown",
                _ => "authorized",
            };
        }
        return (200, new
        {
            state = payment.State,
            reason = payment.State == "declined" ? "card_declined" : null,
            nextActionUrl = payment.State == "requires_customer" ? "http://localhost:8082/3ds/" + id : null,
        });
    }

    (int, object) Capture(string id, JsonNode body)
    {
        var payment = Payments[id];
        if (RefusesCapture || payment.State is not ("authorized" or "captured")) return Problem(409, "payment.capture_refused");
        if (payment.State != "captured") payment.Captures++;
        (payment.State, payment.Captured) = ("captured", (long)body["amount"]!["amount"]!);
        return (200, new { state = "captured" });
    }

    (int, object) Void(string id)
    {
        if (!Payments.TryGetValue(id, out var payment)) Payments[id] = payment = new FakePayment();
        if (payment.State == "captured") return Problem(409, "payment.captured");
        // Resolved first: only what is known can be taken back.
        if (payment.State == "unknown") return (200, new { state = "unknown" });
        payment.State = "voided";
        return (200, new { state = "voided" });
    }

    (int, object) Refund(string id, string key, JsonNode body)
    {
        var payment = Payments[id];
        if (payment.Refunds.ContainsKey(key)) return (200, new { state = "refunded" });
        var amount = (long)body["amount"]!["amount"]!;
        if (payment.Refunds.Values.Sum() + amount > payment.Captured) return Problem(409, "payment.refund_too_much");
        var answer = RefundAnswers(key);
        if (answer == "refused") return Problem(409, "payment.refund_refused");
        if (answer == "refunded") payment.Refunds[key] = amount;
        return (200, new { state = answer });
    }

    static (int, object) Problem(int status, string code, string[]? skus = null) => (status, new { status, code, skus });

    async Task<HttpResponseMessage> SendAsync(string service, HttpRequestMessage request, CancellationToken cancellation)
    {
        var path = request.RequestUri!.AbsolutePath;
        var body = request.Content is null ? null : JsonNode.Parse(await request.Content.ReadAsStringAsync(cancellation));
        var call = $"{request.Method} {service} {path}";
        Fault fault;
        lock (_gate)
        {
            Calls.Add(call);
            fault = Faults(_calls++, call);
        }
        if (fault == Fault.FailBefore) throw new HttpRequestException("lost on its way");
        if (fault == Fault.Hang) await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellation);
        Before(call);
        (int Status, object Body) answer;
        string json;
        lock (_gate)
        {
            answer = Answer(service, request.Method.Method, path, body);
            json = answer.Body is JsonNode node ? node.ToJsonString() : JsonSerializer.Serialize(answer.Body);
        }
        if (fault == Fault.FailAfter) throw new HttpRequestException("the answer was lost");
        if (fault == Fault.HangAfter) await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellation);
        return new HttpResponseMessage((HttpStatusCode)answer.Status)
        {
            RequestMessage = request,
            Content = new StringContent(json, Encoding.UTF8, answer.Status < 400 ? "application/json" : "application/problem+json"),
        };
    }

    // Each client disposes of its handler; the store outlives them.
    sealed class Door(FakeStore store, string service) : HttpMessageHandler
    {
        readonly HttpMessageInvoker? _feed = service switch
        {
            "payment" => new(store.PaymentFeed.Network(service)),
            "shipping" => new(store.ShippingFeed.Network(service)),
            _ => null,
        };

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Headers.Authorization is { } user) store.Tokens.Enqueue($"{service} {user.Parameter}");
            return _feed is not null && request.RequestUri!.AbsolutePath == "/internal/events"
                ? _feed.SendAsync(request, cancellationToken) : store.SendAsync(service, request, cancellationToken);
        }
    }
}

/// <summary>A reservation as Inventory has it.</summary>
sealed class FakeReservation(Dictionary<string, int> lines)
{
    public Dictionary<string, int> Lines { get; } = lines;

    public string State { get; set; } = "";

    public DateTimeOffset ExpiresAt { get; set; }
}

/// <summary>A payment as Payment and its provider have it.</summary>
sealed class FakePayment
{
    public string State { get; set; } = "none";

    public int Attempt { get; set; }

    public long Amount { get; set; }

    public long Captured { get; set; }

    public int Captures { get; set; }

    public Dictionary<string, long> Refunds { get; } = [];
}
