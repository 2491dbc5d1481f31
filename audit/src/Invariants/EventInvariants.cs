using System.Text.Json;

namespace Souk.Auditing.Invariants;

/// <summary>What services tell each other, and what becomes of it.</summary>
static class EventInvariants
{
    static readonly string[] Producers = ["catalog", "inventory", "ordering", "payment", "shipping"];

    /// <summary>
    /// I14: holds the versions of each aggregate against its service's outbox. Ordering, Payment and Shipping count their
    /// events, so that there is one for each number; Catalog and Inventory tell only what a shopper sees, so that the last word
    /// is held against what is there.
    /// </summary>
    public static async Task OutboxHasEveryVersionAsync(Snapshot store, Look look)
    {
        await CountedAsync(store, look, "ordering", "SELECT id, feed_version FROM orders");
        await CountedAsync(store, look, "payment", "SELECT order_id, feed_version FROM payment");
        await CountedAsync(store, look, "shipping", "SELECT order_id, version FROM shipment");
        await AnnouncedAsync(store, look);
        await ProductsAsync(store, look);
        await StockAsync(store, look);
    }

    static async Task CountedAsync(Snapshot store, Look look, string service, string sql)
    {
        if (!store.Has(service)) return;
        var told = (await store.OutboxOfAsync(service)).Events.ToLookup(one => one.Subject, StringComparer.Ordinal);
        var aggregates = await store.Of(service).QueryAsync(sql, row => (Id: row.Text(0), Version: row.Long(1)));
        look.Saw(aggregates.Count, $"aggregates of {service}");
        foreach (var (id, version) in aggregates)
        {
            var versions = told[id].Select(one => one.Version).Order().ToList();
            look.Require(versions.Count == version && versions.Select((one, i) => one == i + 1).All(isNext => isNext), id,
                $"{service} has it at version {version}, its outbox has [{string.Join(", ", versions)}]");
        }
        var known = aggregates.Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var stranger in told.Where(group => !known.Contains(group.Key))) look.Against(stranger.Key, $"{service} tells of it and has it not");
    }

    /// <summary>Each order that got there has said so once.</summary>
    static async Task AnnouncedAsync(Snapshot store, Look look)
    {
        var told = (await store.OutboxOfAsync("ordering")).Events.ToLookup(one => (one.Subject, one.Type));
        foreach (var order in (await store.OnceAsync(Orders.ReadAsync)).All)
        {
            var confirmed = told[(order.Id, "OrderConfirmed")].Count();
            look.Require(confirmed == (order.IsConfirmed ? 1 : 0), order.Id, $"is {order.State} and was announced as confirmed {confirmed} times");
            var cancelled = told[(order.Id, "OrderCancelled")].Count();
            look.Require(cancelled <= (order.IsTakenBack ? 1 : 0), order.Id, $"is {order.State} and was announced as cancelled {cancelled} times");
            look.Require(told[(order.Id, "OrderRefunded")].Any() == order.Refunded > 0, order.Id, $"{order.Refunded} of it went back, which was not announced so");
        }
    }

    static async Task ProductsAsync(Snapshot store, Look look)
    {
        if (!store.Has("catalog")) return;
        var told = (await store.OutboxOfAsync("catalog")).Events.ToLookup(one => one.Subject, StringComparer.Ordinal);
        var products = await store.Catalog.QueryAsync("SELECT handle, version, for_sale FROM product",
            row => (Handle: row.Text(0), Version: row.Long(1), IsForSale: row.Long(2) == 1));
        look.Saw(products.Count, "products");
        foreach (var (handle, version, isForSale) in products)
        {
            var last = told[handle].Select(one => one.Version).DefaultIfEmpty().Max();
            look.Require(isForSale ? last == version : last <= version, handle, $"is at version {version}, last told was {last}");
        }
    }

    static async Task StockAsync(Snapshot store, Look look)
    {
        if (!store.Has("inventory")) return;
        var words = (await store.Inventory.QueryAsync(
            "SELECT subject, version, data FROM outbox WHERE version = (SELECT MAX(later.version) FROM outbox later WHERE later.subject = outbox.subject)",
            row => (Sku: row.Text(0), Version: row.Long(1), Data: row.Text(2)))).ToDictionary(word => word.Sku, StringComparer.Ordinal);
        var stock = await store.OnceAsync(StockBook.ReadAsync);
        look.Saw(stock.Skus.Count, "SKUs");
        foreach (var sku in stock.Skus.Values)
        {
            if (!words.TryGetValue(sku.Sku, out var word))
            {
                look.Against(sku.Sku, "was never told of");
                continue;
            }
            look.Require(word.Version <= sku.Version, sku.Sku, $"is at version {sku.Version}, told was {word.Version}");
            using var json = JsonDocument.Parse(word.Data);
            var available = sku.OnHand - sku.Reserved;
            // What a shopper sees: the figure below ten, else only that there is enough.
            var shown = available >= 10 ? "in_stock" : available > 0 ? "low" : "out_of_stock";
            var figure = json.RootElement.TryGetProperty("available", out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : (long?)null;
            look.Require(json.RootElement.GetProperty("availability").GetString() == shown && figure == (available >= 10 ? null : Math.Max(0, available)),
                sku.Sku, $"{available} can be had, told was {word.Data}");
        }
    }

    /// <summary>
    /// I15: for each consumer holds the events that it has passed against their effects: mails, SKUs, copied products, what an
    /// order knows of its shipment.
    /// </summary>
    public static async Task OneEffectPerEventAsync(Snapshot store, Look look)
    {
        await CursorsAsync(store, look);
        if (store.Has("notifications")) await MailsAsync(store, look);
        if (store.Has("inventory")) await OpenedSkusAsync(store, look);
        if (store.Has("cart")) await CopiedProductsAsync(store, look);
        if (store.Has("shipping")) await OrdersKnowTheirShipmentAsync(store, look);
    }

    static async Task CursorsAsync(Snapshot store, Look look)
    {
        foreach (var consumer in store.Services)
        {
            foreach (var (producer, position) in await store.Of(consumer).QueryAsync(
                "SELECT producer, position FROM feed_cursor", row => (row.Text(0), row.Long(1))))
            {
                look.Saw(1, "cursors");
                if (!store.Has(producer)) continue;
                var last = (await store.Of(producer).QueryAsync("SELECT COALESCE(MAX(position), 0) FROM outbox", row => row.Long(0)))[0];
                look.Require(position <= last, $"{consumer} ← {producer}", $"has read {position} events, there are {last}");
            }
        }
    }

    static async Task MailsAsync(Snapshot store, Look look)
    {
        string[] types = ["OrderConfirmed", "OrderShipped", "OrderRefunded", "OrderCancelled"];
        var isApplied = await Outbox.AppliedByAsync(store.Notifications, "ordering");
        var told = (await store.OutboxOfAsync("ordering")).Events.Where(one => types.Contains(one.Type)).ToDictionary(one => one.Id, StringComparer.Ordinal);
        var mails = (await store.Notifications.QueryAsync("SELECT event_id FROM mail", row => row.Text(0))).ToLookup(id => id, StringComparer.Ordinal);
        look.Saw(mails.Count, "mails");
        foreach (var one in told.Values.Where(isApplied))
        {
            look.Require(mails[one.Id].Count() == 1, one.Subject, $"{one.Type} {one.Id} made {mails[one.Id].Count()} mails");
        }
        foreach (var stray in mails.Where(mail => !told.ContainsKey(mail.Key))) look.Against(stray.Key, "is a mail of no event");
    }

    static async Task OpenedSkusAsync(Snapshot store, Look look)
    {
        var isApplied = await Outbox.AppliedByAsync(store.Inventory, "catalog");
        var puts = await store.OnceAsync(ProductPuts.ReadAsync);
        var stock = await store.OnceAsync(StockBook.ReadAsync);
        var listed = puts.All.SelectMany(put => put.Variants.Select(variant => variant.Sku)).ToHashSet(StringComparer.Ordinal);
        foreach (var put in puts.All.Where(put => isApplied(put.Told)))
        {
            look.Saw(1, "product events");
            foreach (var variant in put.Variants) look.Require(stock.Skus.ContainsKey(variant.Sku), variant.Sku, $"{put.Told.Id} lists it, Inventory has no stock of it");
        }
        foreach (var sku in stock.Skus.Values)
        {
            look.Require(listed.Contains(sku.Sku), sku.Sku, "has stock and was never listed");
            var opened = sku.Audit.Count(change => change.Kind == "opening");
            look.Require(opened == 1, sku.Sku, $"was opened {opened} times");
        }
    }

    static async Task CopiedProductsAsync(Snapshot store, Look look)
    {
        var isApplied = await Outbox.AppliedByAsync(store.Cart, "catalog");
        var told = (await store.OutboxOfAsync("catalog")).Events;
        var copied = (await store.Cart.QueryAsync("SELECT handle FROM product", row => row.Text(0))).ToHashSet(StringComparer.Ordinal);
        look.Saw(copied.Count, "copied products");
        foreach (var product in told.Where(isApplied).Select(one => one.Subject).Distinct().Where(product => !copied.Contains(product)))
        {
            look.Against(product, "was told to Cart, which does not know it");
        }
        foreach (var stranger in copied.Except(told.Select(one => one.Subject))) look.Against(stranger, "is copied by Cart and was never told");
    }

    static async Task OrdersKnowTheirShipmentAsync(Snapshot store, Look look)
    {
        string[] states = ["requested", "handed_over", "in_transit", "delivered", "cancelled"];
        var isApplied = await Outbox.AppliedByAsync(store.Ordering, "shipping");
        var known = (await store.Ordering.QueryAsync("SELECT id, shipment FROM orders WHERE shipment IS NOT NULL",
            row => (Order: row.Text(0), Shipment: row.Text(1)))).ToDictionary(one => one.Order, one => one.Shipment, StringComparer.Ordinal);
        var last = (await store.Shipping.QueryAsync("SELECT id, type, subject, version, position, data FROM outbox WHERE type = 'ShipmentChanged'",
            row => (Told: new Told(row.Text(0), row.Text(1), row.Text(2), row.Long(3), row.LongOrNull(4) ?? long.MaxValue), Data: row.Text(5))))
            .Where(one => isApplied(one.Told)).GroupBy(one => one.Told.Subject, StringComparer.Ordinal)
            .Select(group => group.MaxBy(one => one.Told.Version));
        var orders = await store.OnceAsync(Orders.ReadAsync);
        foreach (var one in last.Where(one => orders.Find(one.Told.Subject) is not null))
        {
            look.Saw(1, "shipments told");
            var toldState = StateOf(one.Data);
            var state = known.TryGetValue(one.Told.Subject, out var shipment) ? StateOf(shipment) : "nothing";
            look.Require(Array.IndexOf(states, state) >= Array.IndexOf(states, toldState), one.Told.Subject,
                $"its shipment is {toldState} by {one.Told.Id}, the order says {state}");
        }

        static string StateOf(string data)
        {
            using var json = JsonDocument.Parse(data);
            return json.RootElement.GetProperty("state").GetString() ?? "";
        }
    }

    /// <summary>I16: looks at the order in which each feed has the versions of each aggregate.</summary>
    public static async Task VersionsAscendAsync(Snapshot store, Look look)
    {
        foreach (var producer in Producers.Where(store.Has))
        {
            var events = (await store.OutboxOfAsync(producer)).Events;
            look.Saw(events.Count, $"events of {producer}");
            foreach (var aggregate in events.GroupBy(one => one.Subject, StringComparer.Ordinal))
            {
                var before = 0L;
                foreach (var one in aggregate)
                {
                    look.Require(one.Version > before, aggregate.Key, $"the feed of {producer} has version {one.Version} after {before}");
                    before = one.Version;
                }
            }
        }
    }

    /// <summary>I20: holds Cart's version of each product against the last event that it has passed, and against Catalog's.</summary>
    public static async Task CopiesNeverGoBackAsync(Snapshot store, Look look)
    {
        var isApplied = await Outbox.AppliedByAsync(store.Cart, "catalog");
        var copies = await store.Cart.QueryAsync("SELECT handle, version FROM product", row => (Handle: row.Text(0), Version: row.Long(1)));
        var passed = (await store.OutboxOfAsync("catalog")).Events.Where(isApplied).GroupBy(one => one.Subject, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Max(one => one.Version), StringComparer.Ordinal);
        look.Saw(copies.Count, "copied products");
        foreach (var (handle, version) in copies)
        {
            var last = passed.GetValueOrDefault(handle, version);
            look.Require(version >= last, handle, $"is copied at version {version}, version {last} has been read");
            look.Require(version <= last, handle, $"is copied at version {version}, only {last} has been read");
        }
    }

    /// <summary>
    /// I23: replays Catalog's feed up to where Cart has read, and holds the variants that come of it against Cart's table.
    /// Products of which an event waits are left out.
    /// </summary>
    public static async Task ReplayGivesTheCopyAsync(Snapshot store, Look look)
    {
        var isApplied = await Outbox.AppliedByAsync(store.Cart, "catalog");
        var puts = await store.OnceAsync(ProductPuts.ReadAsync);
        var replayed = puts.Replay(isApplied);
        var copied = (await store.Cart.QueryAsync(
            "SELECT sku, product, position, title, variant_title, image_src, image_alt, price, available FROM variant",
            row => new CopiedVariant(row.Text(0), row.Text(1), row.Long(2), row.Text(3), row.Text(4), row.TextOrNull(5), row.TextOrNull(6),
                row.Long(7), row.Long(8) == 1))).ToDictionary(variant => variant.Sku, StringComparer.Ordinal);
        look.Saw(copied.Count, "variants");
        foreach (var variant in replayed.Values)
        {
            if (!copied.TryGetValue(variant.Sku, out var copy)) look.Against(variant.Sku, "is missing in Cart's copy");
            else look.Require(copy == variant, variant.Sku, $"is {copy} in Cart's copy instead of {variant}");
        }
        foreach (var stranger in copied.Keys.Where(sku => !replayed.ContainsKey(sku))) look.Against(stranger, "is in Cart's copy and in no event");
    }
}
