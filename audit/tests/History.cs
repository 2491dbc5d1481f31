using System.Text.Json;
using Souk.Auditing.Invariants;
using Souk.Auditing.Reading;

namespace Souk.Auditing.Tests;

/// <summary>
/// A small consistent history of a store, with an order of every kind. A test changes one thing: here before it is written, or
/// in the database after.
/// </summary>
sealed class History
{
    public static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly string[] ToPivot = ["Placed", "Reserved", "Authorizing", "Authorized", "Pinned", "Confirmed"];
    public static readonly string[] ToEnd = [.. ToPivot, "Captured", "StockCommitted", "ShipmentRequested", "Completed"];

    readonly Dictionary<string, List<(string Kind, long Change)>> _changes = [];
    readonly Dictionary<string, long> _reserved = [];
    readonly Dictionary<string, long> _positions = [];
    readonly HashSet<string> _carts = [];
    long _providerSeq;

    public List<Sale> Sales { get; } =
    [
        new("completed") { Path = ToEnd },
        new("soldout") { Path = ["Placed", "Rejected"], Reservation = null, Payments = [] },
        new("cancelled")
        {
            Path = ["Placed", "Reserved", "Authorizing", "Authorized", "Pinned", "Cancelling", "Cancelled"], Reservation = "Released",
            Payments = ["voided"],
        },
        new("returned") { Path = ToEnd, Returned = 1 },
        new("retried")
        {
            Path = ["Placed", "Reserved", "Authorizing", "Declined", "Authorizing", "Authorized", "Pinned", "Confirmed", .. ToEnd[6..]],
            Payments = ["declined", "captured"],
        },
        new("waiting")
        {
            Path = ["Placed", "Reserved", "Authorizing", "AwaitingCustomer"], Reservation = "Held", Payments = ["asked"],
        },
    ];

    public Sale this[string id] => Sales.First(sale => sale.Id == id);

    /// <summary>What is done to the schema first, where it forbids what a test wants to see.</summary>
    public List<(string Service, string Sql)> Allows { get; } = [];

    public async Task WriteAsync(StoreUnderAudit store)
    {
        foreach (var (service, sql) in Allows) await store.ExecuteAsync(service, sql);
        await CatalogAsync(store);
        foreach (var sale in Sales) await SaleAsync(store, sale);
        await StockAsync(store);
        foreach (var (consumer, producer) in new[] { ("cart", "catalog"), ("inventory", "catalog"), ("ordering", "payment"), ("ordering", "shipping"), ("notifications", "ordering") })
        {
            await store.InsertAsync(consumer, "feed_cursor", ("producer", producer), ("position", _positions.GetValueOrDefault(producer)));
        }
    }

    async Task CatalogAsync(StoreUnderAudit store)
    {
        await ProductAsync("tea", 1, false, ("TEA-1", 1899), ("TEA-3", 900));
        await ProductAsync("tea", 2, true, ("TEA-1", 1999), ("TEA-2", 2499));
        await ProductAsync("mug", 1, true, ("MUG-1", 500));
        await ProductAsync("old", 1, false, ("OLD-1", 100));
        await TellAsync(store, "catalog", "ProductWithdrawn", "old", 2, """{"handle":"old","skus":["OLD-1"]}""");
        await store.InsertAsync("catalog", "product", ("handle", "draft"), ("version", 1));
        await store.InsertAsync("catalog", "product", ("handle", "old"), ("version", 2));

        await CopyAsync("tea", 2);
        await CopyAsync("mug", 1);
        await CopyAsync("old", 2);
        await VariantAsync("TEA-1", "tea", 2, 1999, true);
        await VariantAsync("TEA-2", "tea", 2, 2499, true);
        await VariantAsync("TEA-3", "tea", 1, 900, false);
        await VariantAsync("MUG-1", "mug", 3, 500, true);
        await VariantAsync("OLD-1", "old", 4, 100, false);
        foreach (var (sku, quantity) in new[] { ("TEA-1", 100), ("TEA-2", 50), ("TEA-3", 0), ("MUG-1", 40), ("OLD-1", 0) }) Change(sku, "opening", quantity);
        Change("TEA-1", "receipt", 20);
        Change("TEA-2", "correction", -2);

        async Task ProductAsync(string handle, long version, bool isLast, params (string Sku, long Price)[] variants)
        {
            var lines = variants.Select(one => $$"""{"sku":"{{one.Sku}}","title":"Default","price":{"amount":{{one.Price}},"currency":"EUR"},"image":null,"initialQuantity":1}""");
            await TellAsync(store, "catalog", "ProductPut", handle, version,
                $$"""{"handle":"{{handle}}","title":"The {{handle}}","image":{"src":"/{{handle}}.png","alt":"{{handle}}"},"variants":[{{string.Join(',', lines)}}]}""");
            if (isLast) await store.InsertAsync("catalog", "product", ("handle", handle), ("version", version), ("for_sale", 1));
        }

        Task CopyAsync(string handle, long version) => store.InsertAsync("cart", "product", ("handle", handle), ("version", version));

        Task VariantAsync(string sku, string product, long position, long price, bool isAvailable) => store.InsertAsync("cart", "variant",
            ("sku", sku), ("product", product), ("position", position), ("title", "The " + product), ("variant_title", "Default"),
            ("image_src", $"/{product}.png"), ("image_alt", product), ("price", price), ("available", isAvailable));
    }

    async Task SaleAsync(StoreUnderAudit store, Sale sale)
    {
        await OrderAsync(store, sale);
        await ReservationAsync(store, sale);
        await PaymentAsync(store, sale);
        if (sale.HasBeen("ShipmentRequested")) await ShipmentAsync(store, sale);
        await CartAsync(store, sale);
    }

    async Task OrderAsync(StoreUnderAudit store, Sale sale)
    {
        var state = sale.Path[^1];
        await store.InsertAsync("ordering", "orders", ("id", sale.Id), ("number", "N-" + sale.Id), ("cart_id", sale.Cart), ("cart_version", sale.CartVersion),
            ("locks_cart", state is not ("Completed" or "Rejected" or "Cancelled")), ("snapshot", sale.Snapshot()), ("total", sale.Total),
            ("placed_at", Now.ToUnixTimeMilliseconds()), ("version", 1), ("feed_version", sale.Events.Count), ("payment_method", "pm_card_success"),
            ("attempt", Math.Max(1, sale.Payments.Count)), ("payment_state", "pending"), ("refunded", sale.Returned * Sale.TeaPrice),
            ("shipment", sale.HasBeen("ShipmentRequested") ? ShipmentOf(sale, "handed_over") : null));
        await SagaAsync(store, "checkout", sale.Id, sale.Path);
        await store.InsertAsync("ordering", "answered_request", ("caller", $"storefront /api/ordering/orders {sale.Cart}"),
            ("idempotency_key", "key-" + sale.Id), ("request", "hash"), ("location", "/api/ordering/orders/" + sale.Id), ("status", 201));
        foreach (var (type, i) in sale.Events.Select((type, i) => (type, i + 1)))
        {
            await TellAsync(store, "ordering", type, sale.Id, i, "{}");
            await store.InsertAsync("notifications", "mail", ("event_id", $"{sale.Id}/{i}"), ("order_id", sale.Id), ("kind", type), ("state", "sent"));
        }
        if (sale.IsReversed)
        {
            await store.InsertAsync("ordering", "refund", ("id", sale.Id + "-reversal"), ("order_id", sale.Id), ("is_reversal", 1));
            await SagaAsync(store, "refund", sale.Id + "-reversal", ["RefundRequested", "ShipmentStopped", "Refunding", "Refunded"]);
        }
        if (sale.Returned == 0) return;
        var amount = sale.Returned * Sale.TeaPrice;
        await store.InsertAsync("ordering", "refund", ("id", "r-" + sale.Id), ("order_id", sale.Id));
        await store.InsertAsync("ordering", "refund_part", ("order_id", sale.Id), ("line", "1"), ("k", 1), ("refund_id", "r-" + sale.Id),
            ("sku", "TEA-1"), ("quantity", sale.Returned), ("amount", amount), ("state", "refunded"));
        await SagaAsync(store, "refund", "r-" + sale.Id, ["RefundRequested", "ShipmentGone", "Refunding", "PartiallyRefunded"]);
    }

    static async Task SagaAsync(StoreUnderAudit store, string name, string id, string[] path)
    {
        foreach (var (state, i) in path.Select((state, i) => (state, i + 1)))
        {
            await store.InsertAsync("ordering", "saga_move", ("name", name), ("id", id), ("seq", i), ("state", state));
        }
        await store.InsertAsync("ordering", "saga", ("name", name), ("id", id), ("state", path[^1]), ("seq", path.Length),
            ("entered_at", Now.ToUnixTimeMilliseconds()));
    }

    async Task ReservationAsync(StoreUnderAudit store, Sale sale)
    {
        var state = sale.HasBeen("StockCommitted") ? "Committed" : sale.Reservation;
        if (state is null) return;
        await store.InsertAsync("inventory", "reservation", ("order_id", sale.Id), ("state", state), ("version", 1),
            ("expires_at", state == "Held" ? Now.AddMinutes(15).ToUnixTimeMilliseconds() : null));
        foreach (var (sku, quantity, _) in sale.Lines)
        {
            if (state == "Committed") Change(sku, "sale", -quantity);
            if (state is "Held" or "Pinned") _reserved[sku] = _reserved.GetValueOrDefault(sku) + quantity;
        }
        if (sale.Returned > 0) Change("TEA-1", "restock", sale.Returned);
    }

    async Task PaymentAsync(StoreUnderAudit store, Sale sale)
    {
        if (sale.Payments.Count == 0) return;
        var state = sale.Payments[^1];
        var refunded = sale.Returned * Sale.TeaPrice;
        await store.InsertAsync("payment", "payment", ("order_id", sale.Id), ("state", state == "asked" ? "requires_customer" : state),
            ("amount", sale.Total), ("currency", "EUR"), ("attempt", sale.Payments.Count), ("provider", sale.Provider),
            ("captured", state == "captured" ? sale.Captured : 0), ("refunded", refunded), ("version", 1), ("feed_version", 1));
        await TellAsync(store, "payment", "PaymentChanged", sale.Id, 1, "{}");
        foreach (var (one, n) in sale.Payments.Select((one, i) => (one, i + 1)))
        {
            var authorization = $"auth_{sale.Id}_{n}";
            await OperationAsync($"auth-{n}", "authorize", one switch { "declined" => "refused", "asked" => "asked", _ => "done" }, sale.Total, ("authorized", "customers"));
            if (one == "voided") await OperationAsync("void-1", "void", "done", sale.Total, ("customers", "authorized"));
            if (one == "captured") await OperationAsync("cap-1", "capture", "done", sale.Captured, ("provider_clearing", "authorized"));
            if (sale.Returned > 0) await OperationAsync("ref-1-1", "refund", "done", refunded, ("refunds", "provider_clearing"));
            await store.ExecuteAsync("sandbox", $"UPDATE authorization_ SET captured = {(one == "captured" ? sale.Captured : 0)}, refunded = {refunded} WHERE id = '{authorization}'");

            async Task OperationAsync(string name, string kind, string outcome, long amount, (string Debit, string Credit) accounts)
            {
                var key = $"ord-{sale.Id}-{name}";
                await store.InsertAsync("payment", "operation", ("key", key), ("order_id", sale.Id), ("kind", kind), ("amount", amount), ("currency", "EUR"), ("state", outcome));
                if (kind == "authorize")
                {
                    await store.InsertAsync("sandbox", "authorization_", ("id", authorization), ("key", key), ("reference", key), ("state", one), ("amount", amount), ("currency", "EUR"));
                }
                if (outcome != "done") return;
                await store.InsertAsync("sandbox", "ledger", ("seq", ++_providerSeq), ("key", key), ("kind", kind), ("authorization_id", authorization),
                    ("reference", $"ord-{sale.Id}-auth-{n}"), ("amount", amount), ("currency", "EUR"));
                foreach (var (account, value) in new[] { (accounts.Debit, amount), (accounts.Credit, -amount) })
                {
                    await store.InsertAsync("payment", "ledger_entry", ("transaction_key", key), ("account", account), ("amount", value), ("currency", "EUR"), ("order_id", sale.Id));
                }
            }
        }
    }

    async Task ShipmentAsync(StoreUnderAudit store, Sale sale)
    {
        await store.InsertAsync("shipping", "shipment", ("order_id", sale.Id), ("state", "handed_over"), ("option_id", "standard"), ("version", 2));
        foreach (var (sku, quantity, _) in sale.Lines)
        {
            await store.InsertAsync("shipping", "shipment_line", ("order_id", sale.Id), ("sku", sku), ("quantity", quantity));
        }
        await store.InsertAsync("shipping", "parcel", ("order_id", sale.Id), ("no", 1), ("tracking", "T-" + sale.Id), ("state", "handed_over"));
        await TellAsync(store, "shipping", "ShipmentChanged", sale.Id, 1, ShipmentOf(sale, "requested"));
        await TellAsync(store, "shipping", "ShipmentChanged", sale.Id, 2, ShipmentOf(sale, "handed_over"));
    }

    static string ShipmentOf(Sale sale, string state) =>
        $$"""{"orderId":"{{sale.Id}}","state":"{{state}}","parcels":[{"no":1,"tracking":"T-{{sale.Id}}","state":"{{state}}"}]}""";

    /// <summary>A cart lost what was bought, and keeps a line that was added later.</summary>
    async Task CartAsync(StoreUnderAudit store, Sale sale)
    {
        if (_carts.Add(sale.Cart))
        {
            await store.InsertAsync("cart", "cart", ("id", sale.Cart), ("version", sale.CartVersion + 2));
            await store.InsertAsync("cart", "line", ("cart_id", sale.Cart), ("sku", "TEA-2"), ("quantity", 1), ("added_version", sale.CartVersion + 1), ("changed_version", sale.CartVersion + 1));
        }
        if (sale.HasBeen("Completed"))
        {
            var removed = sale.Lines.Select(line => $$"""{"sku":"{{line.Sku}}","quantity":{{line.Quantity}},"left":0}""");
            await store.InsertAsync("cart", "checkout", ("order_id", sale.Id), ("cart_id", sale.Cart), ("cart_version", sale.CartVersion), ("removed", $"[{string.Join(',', removed)}]"));
            return;
        }
        foreach (var (sku, quantity, _) in sale.Lines)
        {
            await store.InsertAsync("cart", "line", ("cart_id", sale.Cart), ("sku", sku), ("quantity", quantity), ("added_version", 1), ("changed_version", 1));
        }
    }

    async Task StockAsync(StoreUnderAudit store)
    {
        foreach (var (sku, changes) in _changes)
        {
            var onHand = changes.Sum(one => one.Change);
            var reserved = _reserved.GetValueOrDefault(sku);
            await store.InsertAsync("inventory", "stock", ("sku", sku), ("on_hand", onHand), ("reserved", reserved), ("version", changes.Count));
            var before = 0L;
            foreach (var (change, version) in changes.Select((change, i) => (change, i + 1)))
            {
                await store.InsertAsync("inventory", "stock_audit", ("sku", sku), ("version", version), ("kind", change.Kind),
                    ("on_hand_before", before), ("on_hand_after", before += change.Change));
            }
            await TellAsync(store, "inventory", "StockChanged", sku, 1, onHand - reserved >= 10
                ? $$"""{"sku":"{{sku}}","availability":"in_stock","available":null}"""
                : $$"""{"sku":"{{sku}}","availability":"out_of_stock","available":0}""");
        }
        // Their foreign keys want the stock first.
        foreach (var sale in Sales.Where(sale => sale.HasBeen("StockCommitted") || sale.Reservation is not null))
        {
            foreach (var (sku, quantity, _) in sale.Lines)
            {
                await store.InsertAsync("inventory", "reservation_line", ("order_id", sale.Id), ("sku", sku), ("quantity", quantity));
            }
            if (sale.Returned == 0) continue;
            await store.InsertAsync("inventory", "restock", ("key", "r-" + sale.Id), ("order_id", sale.Id));
            await store.InsertAsync("inventory", "restock_line", ("key", "r-" + sale.Id), ("sku", "TEA-1"), ("quantity", sale.Returned));
        }
    }

    void Change(string sku, string kind, long change)
    {
        if (!_changes.TryGetValue(sku, out var changes)) _changes[sku] = changes = [];
        changes.Add((kind, change));
    }

    Task TellAsync(StoreUnderAudit store, string producer, string type, string subject, long version, string data)
    {
        var position = _positions[producer] = _positions.GetValueOrDefault(producer) + 1;
        return store.InsertAsync(producer, "outbox", ("position", position), ("id", $"{subject}/{version}"), ("type", type), ("subject", subject),
            ("version", version), ("data", data));
    }
}

/// <summary>One order's story.</summary>
sealed class Sale(string id)
{
    public const long TeaPrice = 1999;

    public string Id { get; } = id;
    public string Cart { get; set; } = "cart-" + id;
    public long CartVersion { get; set; } = 3;
    public string[] Path { get; set; } = ["Placed"];
    public List<(string Sku, long Quantity, long Price)> Lines { get; } = [("TEA-1", 2, TeaPrice), ("MUG-1", 1, 500)];

    /// <summary>What became of each card; empty: none was asked.</summary>
    public List<string> Payments { get; init; } = ["captured"];

    /// <summary>Where the order has not come to StockCommitted.</summary>
    public string? Reservation { get; set; } = "Pinned";

    /// <summary>Pieces of tea that came back.</summary>
    public long Returned { get; init; }

    /// <summary>Its payment was refused after the pivot, and all was taken back.</summary>
    public bool IsReversed { get; init; }

    public string Provider { get; set; } = "sandbox";

    public long Total => Lines.Sum(line => line.Quantity * line.Price) + 490;

    /// <summary>What the provider took; the total where all is well.</summary>
    public long Captured { get => field == 0 ? Total : field; set; }

    public bool HasBeen(string state) => Path.Contains(state);

    public List<string> Events =>
    [
        .. HasBeen("Confirmed") ? ["OrderConfirmed"] : Array.Empty<string>(),
        .. HasBeen("ShipmentRequested") ? ["OrderShipped"] : Array.Empty<string>(),
        .. Returned > 0 ? ["OrderRefunded"] : Array.Empty<string>(),
        .. HasBeen("Cancelled") || IsReversed ? ["OrderCancelled"] : Array.Empty<string>(),
    ];

    public string Snapshot()
    {
        var agreed = Agreed("");
        return Agreed(OrderInvariants.HashOf(AgreedFacts.Of(agreed)));
    }

    string Agreed(string hash) => JsonSerializer.Serialize(new
    {
        cartId = Cart,
        cartVersion = CartVersion,
        quoteHash = hash,
        email = "a@example.org",
        shippingAddress = new { name = "A", line1 = "B", city = "C", postalCode = "1", country = "DE" },
        shippingOption = new { id = "standard", name = "Standard", price = Money(490), minDays = 1, maxDays = 2 },
        lines = Lines.Select(line => new { sku = line.Sku, quantity = line.Quantity, unitPrice = Money(line.Price), lineTotal = Money(line.Price * line.Quantity) }),
        itemsTotal = Money(Total - 490),
        shipping = Money(490),
        tax = Money(Total * 19 / 119),
        taxRate = 1900,
        total = Money(Total),
    });

    static object Money(long amount) => new { amount, currency = "EUR" };
}
