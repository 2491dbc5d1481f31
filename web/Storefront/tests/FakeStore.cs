using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Web;

namespace Souk.Storefront.Tests;

/// <summary>How a service behaves.</summary>
public enum Mood
{
    Well,
    Down,
    Silent,
    Broken,
    Strange,
}

/// <summary>
/// Catalog, Inventory, Cart, Ordering and Payment as the contract describes them, over data of the test's own; each can be down (nothing
/// listens), silent (takes the request and never answers), broken (answers 500) or strange
/// (something happens that nobody foresaw).
/// </summary>
public sealed class FakeStore
{
    readonly ConcurrentDictionary<string, FakeCart> _carts = new();
    int _ids;

    public List<JsonObject> Products { get; } = [];

    public Dictionary<string, (string Availability, int? Available)> Stock { get; } = [];

    public Dictionary<string, Mood> Moods { get; } = new() { ["catalog"] = Mood.Well, ["inventory"] = Mood.Well, ["cart"] = Mood.Well, ["ordering"] = Mood.Well, ["payment"] = Mood.Well, ["settings"] = Mood.Well };

    public FakeOrdering Ordering => field ??= new FakeOrdering(this);

    public FakeSettings Settings { get; } = new();

    /// <summary>Called before a line is put: another tab may come in between.</summary>
    public Action<FakeStore>? BeforePut { get; set; }

    /// <summary>The next put is done and its answer lost on the way.</summary>
    public bool LoseNextAnswer { get; set; }

    /// <summary>Where shoppers sign in; null: nobody does.</summary>
    public FakeLogin? Login { get; set; }

    /// <summary>Every request, as <c>service METHOD /path</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public HttpMessageHandler Network(string service) => new Wire(this, service);

    public FakeCart CartOf(string id) => _carts[id];

    public IReadOnlyCollection<FakeCart> Carts => [.. _carts.Values];

    public FakeStore Add(JsonObject product)
    {
        Products.Add(product);
        return this;
    }

    /// <summary>A product, priced in cents; a variant is <c>SKU</c> or <c>SKU Size/Colour</c>.</summary>
    public static JsonObject Product(string handle, string title, long price, string category = "Pottery", string vendor = "Clay & Co",
        string description = "<p>Made by hand.</p>", string? image = "/api/catalog/images/mug.svg", long? before = null, params (string Sku, string[] Values)[] variants)
    {
        if (variants.Length == 0) variants = [(handle.ToUpperInvariant(), [])];
        string[] names = ["Size", "Colour", "Material"];
        return new JsonObject
        {
            ["handle"] = handle,
            ["title"] = title,
            ["descriptionHtml"] = description,
            ["vendor"] = vendor,
            ["category"] = category,
            ["tags"] = new JsonArray("handmade"),
            ["images"] = image is null ? [] : new JsonArray(Picture(image, title)),
            ["options"] = new JsonArray([.. variants[0].Values.Select((_, i) => new JsonObject
            {
                ["name"] = names[i],
                ["values"] = new JsonArray([.. variants.Select(variant => variant.Values[i]).Distinct().Select(value => JsonValue.Create(value))]),
            })]),
            ["variants"] = new JsonArray([.. variants.Select((variant, i) => new JsonObject
            {
                ["sku"] = variant.Sku, ["title"] = string.Join(" / ", variant.Values),
                ["options"] = new JsonArray([.. variant.Values.Select((value, n) => new JsonObject { ["name"] = names[n], ["value"] = value })]),
                ["price"] = Money(price + i * 100), ["compareAtPrice"] = before is { } was ? Money(was) : null, ["image"] = null,
            })]),
            ["version"] = 1,
        };
    }

    public static JsonObject Picture(string src, string alt) => new() { ["src"] = src, ["alt"] = alt };

    public static JsonObject Money(long amount) => new() { ["amount"] = amount, ["currency"] = "EUR" };

    HttpResponseMessage Answer(string service, HttpRequestMessage request, JsonObject? body)
    {
        var path = request.RequestUri!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        var query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        return (service, request.Method.Method, path) switch
        {
            ("catalog", "GET", ["api", "catalog", "products"]) => Json(Search(query)),
            ("catalog", "GET", ["api", "catalog", "products", var handle]) =>
                Products.FirstOrDefault(product => Text(product, "handle") == handle) is { } product ? Json(product) : Refuse(404, "catalog.product_unknown"),
            ("catalog", "GET", ["api", "catalog", "categories"]) => Json(new JsonObject { ["items"] = Categories() }),
            ("inventory", "GET", ["api", "inventory", "stock"]) => Json(new JsonObject { ["items"] = new JsonArray([.. query.GetValues("sku")!.Select(StockOf)]) }),
            ("cart", "GET", ["api", "cart", "carts", "mine"]) => Bearer.SubjectOf(request) is { } subject ? Json(Own(subject).ToJson()) : Refuse(401, "token.missing"),
            ("cart", "POST", ["api", "cart", "carts", var id, "claim"]) => Claim(id, Bearer.SubjectOf(request)),
            ("cart", "POST", ["api", "cart", "carts"]) => Json(Create().ToJson(), 201),
            ("cart", "GET", ["api", "cart", "carts", var id]) => _carts.TryGetValue(id, out var cart) ? Json(cart.ToJson()) : Refuse(404, "cart.cart_unknown"),
            ("cart", "PUT", ["api", "cart", "carts", var id, "lines", var sku]) => Put(id, sku, body!, request),
            ("cart", "DELETE", ["api", "cart", "carts", var id, "lines", var sku]) => Remove(id, sku),
            ("settings", _, ["api", "settings", .. var rest]) => Settings.Answer(request, rest, body),
            ("ordering", _, ["api", "ordering", .. var rest]) => Ordering.Answer(request, rest, body),
            ("payment", "POST", ["internal", "pages"]) => Ordering.Page(body!),
            _ => Refuse(404, "request.route_unknown"),
        };
    }

    FakeCart Create()
    {
        var cart = new FakeCart($"fake-cart-{Interlocked.Increment(ref _ids)}");
        return _carts[cart.Id] = cart;
    }

    /// <summary>The cart of somebody who has signed in.</summary>
    public FakeCart Own(string subject) => _carts.GetOrAdd("own-cart-of-" + subject, id => new FakeCart(id));

    HttpResponseMessage Claim(string id, string? subject)
    {
        if (subject is null) return Refuse(401, "token.missing");
        if (id.StartsWith("own-", StringComparison.Ordinal) || !_carts.TryRemove(id, out var guests)) return Refuse(404, "cart.cart_unknown");
        Own(subject).Take(guests);
        return Json(Own(subject).ToJson());
    }

    HttpResponseMessage Put(string id, string sku, JsonObject body, HttpRequestMessage request)
    {
        BeforePut?.Invoke(this);
        if (!_carts.TryGetValue(id, out var cart)) return Refuse(404, "cart.cart_unknown");
        var match = request.Headers.IfMatch.FirstOrDefault()?.Tag;
        if (match is not null && match != $"\"{cart.Version}\"") return Refuse(412, "cart.version_stale");
        var found = Products.SelectMany(product => product["variants"]!.AsArray().Select(variant => (product, variant)))
            .FirstOrDefault(pair => pair.variant!["sku"]!.GetValue<string>() == sku);
        if (found.product is null) return Refuse(404, "cart.sku_unknown");
        cart.Put(sku, body["quantity"]!.GetValue<int>(), found.product, found.variant!.AsObject());
        if (LoseNextAnswer)
        {
            LoseNextAnswer = false;
            return Refuse(503, "lost");
        }
        return Json(cart.ToJson());
    }

    HttpResponseMessage Remove(string id, string sku)
    {
        if (!_carts.TryGetValue(id, out var cart)) return Refuse(404, "cart.cart_unknown");
        cart.Remove(sku);
        return Json(cart.ToJson());
    }

    JsonObject StockOf(string sku)
    {
        var (availability, available) = Stock.GetValueOrDefault(sku, ("in_stock", null));
        return new JsonObject { ["sku"] = sku, ["availability"] = availability, ["available"] = available };
    }

    JsonArray Categories() =>
    [
        .. Products.GroupBy(product => Text(product, "category")).Select(group => new JsonObject
        {
            ["name"] = group.Key, ["slug"] = Slug(group.Key), ["count"] = group.Count(), ["image"] = Image(group.Last()),
        }),
    ];

    JsonObject Search(System.Collections.Specialized.NameValueCollection query)
    {
        string[] Many(string name) => query.GetValues(name) ?? [];
        var min = long.Parse(query["minPrice"] ?? "0", null);
        var max = long.Parse(query["maxPrice"] ?? "999999999", null);
        var all = Products.Where(product =>
            (query["query"] is not { } text || Text(product, "title").Contains(text, StringComparison.OrdinalIgnoreCase))
            && (Many("category") is [] || Many("category").Any(one => one == Text(product, "category") || one == Slug(Text(product, "category"))))
            && (Many("vendor") is [] || Many("vendor").Contains(Text(product, "vendor")))
            && (Many("tag") is [] || Many("tag").Any(tag => product["tags"]!.AsArray().Any(one => one!.GetValue<string>() == tag)))
            && Price(product) >= min && Price(product) <= max).ToList();
        all = query["sort"] switch
        {
            "price" => [.. all.OrderBy(Price)],
            "-price" => [.. all.OrderByDescending(Price)],
            "title" => [.. all.OrderBy(product => Text(product, "title"), StringComparer.Ordinal)],
            "newest" => [.. Enumerable.Reverse(all)],
            _ => all,
        };
        var page = int.Parse(query["page"] ?? "1", null);
        var size = int.Parse(query["pageSize"] ?? "24", null);
        return new JsonObject
        {
            ["items"] = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(Card)]),
            ["total"] = all.Count,
            ["page"] = page,
            ["pageSize"] = size,
            ["facets"] = new JsonObject
            {
                ["categories"] = Facet(all.Select(product => Text(product, "category"))),
                ["vendors"] = Facet(all.Select(product => Text(product, "vendor"))),
                ["tags"] = Facet(all.SelectMany(product => product["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()))),
                ["price"] = new JsonObject { ["min"] = all.Count == 0 ? null : all.Min(Price), ["max"] = all.Count == 0 ? null : all.Max(Price) },
            },
        };
    }

    static JsonArray Facet(IEnumerable<string> values) =>
        [.. values.GroupBy(value => value).OrderByDescending(group => group.Count()).Select(group => new JsonObject { ["value"] = group.Key, ["count"] = group.Count() })];

    static JsonObject Card(JsonObject product)
    {
        var variants = product["variants"]!.AsArray();
        return new JsonObject
        {
            ["handle"] = Text(product, "handle"),
            ["title"] = Text(product, "title"),
            ["vendor"] = Text(product, "vendor"),
            ["category"] = Text(product, "category"),
            ["tags"] = product["tags"]!.DeepClone(),
            ["image"] = Image(product),
            ["price"] = Money(Price(product)),
            ["maxPrice"] = Money(variants.Max(one => one!["price"]!["amount"]!.GetValue<long>())),
            ["compareAtPrice"] = variants[0]!["compareAtPrice"]?.DeepClone(),
            ["variantCount"] = variants.Count,
            ["skus"] = new JsonArray([.. variants.Select(one => one!["sku"]!.DeepClone())]),
        };
    }

    static long Price(JsonObject product) => product["variants"]!.AsArray().Min(one => one!["price"]!["amount"]!.GetValue<long>());

    static string Text(JsonObject product, string name) => product[name]!.GetValue<string>();

    static JsonNode? Image(JsonObject product) => product["images"]!.AsArray().FirstOrDefault()?.DeepClone();

    static string Slug(string name) => name.ToLowerInvariant().Replace(" & ", "-", StringComparison.Ordinal).Replace(' ', '-');

    public static HttpResponseMessage Json(JsonObject body, int status = 200) => FakeAnswer.Json(body, status);

    public static HttpResponseMessage Refuse(int status, string code) => FakeAnswer.Refuse(status, code);

    /// <summary>The wire to one service.</summary>
    sealed class Wire(FakeStore store, string service) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            store.Asked.Enqueue($"{service} {request.Method} {request.RequestUri!.PathAndQuery}");
            switch (store.Moods[service])
            {
                case Mood.Down:
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
                case Mood.Silent:
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                    break;
                case Mood.Strange:
                    throw new InvalidOperationException("secret detail");
                case Mood.Broken:
                    return Refuse(500, "bug");
            }
            // As a socket does it: the content is written anew each time the request is sent.
            using var sent = new MemoryStream();
            if (request.Content is not null) await request.Content.CopyToAsync(sent, cancellationToken);
            if (service == "login") return await store.Login!.AnswerAsync(request, System.Text.Encoding.UTF8.GetString(sent.ToArray()), cancellationToken);
            var body = sent.Length == 0 ? null : JsonNode.Parse(sent.ToArray())!.AsObject();
            lock (store._carts) return store.Answer(service, request, body);
        }
    }
}

/// <summary>A cart of the fake store.</summary>
public sealed class FakeCart(string id)
{
    readonly List<JsonObject> _lines = [];

    public string Id { get; } = id;

    public long Version { get; private set; } = 1;

    public int QuantityOf(string sku) => Line(sku)?["quantity"]!.GetValue<int>() ?? 0;

    /// <summary>For tests that change what the shop will see: price, availability.</summary>
    public JsonObject? Line(string sku) => _lines.FirstOrDefault(line => line["sku"]!.GetValue<string>() == sku);

    public void Put(string sku, int quantity, JsonObject product, JsonObject variant)
    {
        var line = Line(sku);
        if (line is null)
        {
            _lines.Add(line = new JsonObject
            {
                ["sku"] = sku,
                ["title"] = product["title"]!.DeepClone(),
                ["variantTitle"] = variant["title"]!.DeepClone(),
                ["productHandle"] = product["handle"]!.DeepClone(),
                ["image"] = product["images"]!.AsArray().FirstOrDefault()?.DeepClone(),
                ["unitPrice"] = variant["price"]!.DeepClone(),
                ["addedPrice"] = variant["price"]!.DeepClone(),
                ["priceChanged"] = false,
                ["available"] = true,
            });
        }
        line["quantity"] = quantity;
        Version++;
    }

    /// <summary>Takes over what is in another one.</summary>
    public void Take(FakeCart other)
    {
        foreach (var line in other._lines)
        {
            var sku = line["sku"]!.GetValue<string>();
            if (Line(sku) is { } known) known["quantity"] = known["quantity"]!.GetValue<int>() + line["quantity"]!.GetValue<int>();
            else _lines.Add(line.DeepClone().AsObject());
            Version++;
        }
    }

    public void Remove(string sku)
    {
        if (_lines.RemoveAll(line => line["sku"]!.GetValue<string>() == sku) > 0) Version++;
    }

    public JsonObject ToJson()
    {
        foreach (var line in _lines) line["lineTotal"] = FakeStore.Money(Amount(line));
        var counted = _lines.Where(line => line["available"]!.GetValue<bool>()).ToList();
        return new JsonObject
        {
            ["id"] = Id,
            ["version"] = Version,
            ["lines"] = new JsonArray([.. _lines.Select(line => line.DeepClone())]),
            ["itemCount"] = counted.Sum(line => line["quantity"]!.GetValue<int>()),
            ["total"] = FakeStore.Money(counted.Sum(Amount)),
            ["expiresAt"] = "2030-01-01T00:00:00Z",
        };
    }

    static long Amount(JsonObject line) => line["unitPrice"]!["amount"]!.GetValue<long>() * line["quantity"]!.GetValue<int>();
}
