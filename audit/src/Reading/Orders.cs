using System.Text.Json;

namespace Souk.Auditing.Reading;

/// <summary>Every order of Ordering with what was agreed, its checkout saga and its refunds.</summary>
sealed class Orders
{
    readonly Dictionary<string, OrderFacts> _byId;

    Orders(Dictionary<string, OrderFacts> byId) => _byId = byId;

    public IReadOnlyCollection<OrderFacts> All => _byId.Values;

    public OrderFacts? Find(string id) => _byId.GetValueOrDefault(id);

    public static async Task<Orders> ReadAsync(Snapshot store)
    {
        var sagas = await store.OnceAsync(Sagas.ReadAsync);
        var parts = (await store.Ordering.QueryAsync("SELECT refund_id, order_id, line, k, sku, quantity, amount, state FROM refund_part",
            row => (Refund: row.Text(0), Part: new RefundPart($"ord-{row.Text(1)}-ref-{row.Text(2)}-{row.Long(3)}",
                row.TextOrNull(4), row.Long(5), row.Long(6), row.Text(7) == "refunded")))).ToLookup(one => one.Refund, one => one.Part, StringComparer.Ordinal);
        var refunds = await store.Ordering.QueryAsync(
            "SELECT id, order_id, is_reversal FROM refund",
            row => new RefundFacts(row.Text(0), row.Text(1), row.Long(2) == 1, [.. parts[row.Text(0)]], sagas.Find("refund", row.Text(0))));
        var byOrder = refunds.ToLookup(refund => refund.OrderId, StringComparer.Ordinal);
        var orders = await store.Ordering.QueryAsync(
            "SELECT id, cart_id, cart_version, total, placed_at, feed_version, payment_state, refunded, snapshot FROM orders",
            row => new OrderFacts(row.Text(0), row.Text(1), row.Long(2), row.Long(3), row.Time(4), row.Long(5), row.Text(6), row.Long(7),
                AgreedFacts.Of(row.Text(8)), sagas.Find("checkout", row.Text(0)), [.. byOrder[row.Text(0)]]));
        return new Orders(orders.ToDictionary(order => order.Id, StringComparer.Ordinal));
    }
}

/// <summary>An order.</summary>
sealed record OrderFacts(
    string Id, string CartId, long CartVersion, long Total, DateTimeOffset PlacedAt, long FeedVersion, string PaymentState, long Refunded,
    AgreedFacts Agreed, SagaFacts? Saga, IReadOnlyList<RefundFacts> Refunds)
{
    /// <summary>Where its checkout stands; empty where it has none, which I11 tells.</summary>
    public string State => Saga?.State ?? "";

    public bool HasBeen(string state) => Saga?.HasBeen(state) ?? false;

    public bool IsConfirmed => HasBeen("Confirmed");

    /// <summary>Its payment was refused after it was confirmed; all that was promised is taken back.</summary>
    public bool IsReversed => State == "NeedsAttention" && Refunds.Any(refund => refund is { IsReversal: true, IsDone: true });

    /// <summary>It ended without a sale.</summary>
    public bool IsTakenBack => State is "Rejected" or "Cancelled" || IsReversed;

    public bool IsTerminal => State == "Completed" || IsTakenBack;

    /// <summary>Money of it goes back at this moment.</summary>
    public bool IsRefunding => Refunds.Any(refund => !refund.IsDone);
}

/// <summary>
/// A refund of Ordering, with its parts and its saga. A reversal takes back a confirmed order whose payment was definitely
/// refused: nothing was charged.
/// </summary>
sealed record RefundFacts(string Id, string OrderId, bool IsReversal, IReadOnlyList<RefundPart> Parts, SagaFacts? Saga)
{
    public bool IsDone => Saga is { State: "Refunded" or "PartiallyRefunded" };

    public long Amount => Parts.Sum(part => part.Amount);

    public long Refunded => Parts.Where(part => part.IsBack).Sum(part => part.Amount);

    /// <summary>What goes back on the shelf.</summary>
    public Dictionary<string, long> Pieces => Parts.Where(part => part is { Sku: not null, Quantity: > 0 })
        .GroupBy(part => part.Sku!, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(part => part.Quantity), StringComparer.Ordinal);
}

/// <summary>A part of a refund, by the key under which the provider was asked.</summary>
sealed record RefundPart(string Key, string? Sku, long Quantity, long Amount, bool IsBack);

/// <summary>An order's snapshot: what shopper and store agreed on.</summary>
sealed record AgreedFacts(
    string CartId, long CartVersion, string QuoteHash, string Country, string OptionId, long OptionPrice, IReadOnlyList<AgreedFacts.Line> Lines,
    long ItemsTotal, long Shipping, long Tax, long TaxRate, long Total, IReadOnlySet<string> Currencies)
{
    public sealed record Line(string Sku, long Quantity, long UnitPrice, long LineTotal);

    /// <summary>How many of each SKU.</summary>
    public Dictionary<string, long> Pieces => Lines.GroupBy(line => line.Sku, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Sum(line => line.Quantity), StringComparer.Ordinal);

    public static AgreedFacts Of(string snapshot)
    {
        using var json = JsonDocument.Parse(snapshot);
        var root = json.RootElement;
        var currencies = new HashSet<string>(StringComparer.Ordinal);
        var option = root.GetProperty("shippingOption");
        Line[] lines = [.. root.GetProperty("lines").EnumerateArray().Select(line => new Line(
            line.GetProperty("sku").GetString()!, line.GetProperty("quantity").GetInt64(), Money(line, "unitPrice"), Money(line, "lineTotal")))];
        return new AgreedFacts(
            root.GetProperty("cartId").GetString()!, root.GetProperty("cartVersion").GetInt64(), root.GetProperty("quoteHash").GetString()!,
            root.GetProperty("shippingAddress").GetProperty("country").GetString()!, option.GetProperty("id").GetString()!,
            Money(option, "price"), lines, Money(root, "itemsTotal"), Money(root, "shipping"), Money(root, "tax"),
            root.GetProperty("taxRate").GetInt64(), Money(root, "total"), currencies);

        // An amount that is no integer of minor units cannot be read: GetInt64 says so.
        long Money(JsonElement owner, string name)
        {
            var money = owner.GetProperty(name);
            currencies.Add(money.GetProperty("currency").GetString()!);
            return money.GetProperty("amount").GetInt64();
        }
    }
}
