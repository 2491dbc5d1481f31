using System.Globalization;
using System.Text.Json.Serialization.Metadata;

namespace Souk.Storefront;

/// <summary>What the shop asks of Ordering.</summary>
public interface IOrdering
{
    /// <summary>What a cart would cost, sent to a country.</summary>
    Task<Answer<Quote>> QuoteAsync(QuoteRequest request, CancellationToken cancellation);

    /// <summary>Buys what a quote said; the same key is the same order, however often it is sent.</summary>
    Task<Answer<Order>> PlaceAsync(OrderRequest request, string key, CancellationToken cancellation);

    Task<Answer<Order>> OrderAsync(string id, CancellationToken cancellation);

    /// <summary>The order once it is newer than a version, or as it is after a few seconds.</summary>
    Task<Answer<Order>> NewerAsync(string id, long version, CancellationToken cancellation);

    /// <summary>The orders of whoever has signed in, from a cursor on.</summary>
    Task<Answer<OrderPage>> OrdersAsync(string? after, CancellationToken cancellation);

    Task<Answer<Order>> CancelAsync(string id, CancellationToken cancellation);

    /// <summary>Another card after a decline.</summary>
    Task<Answer<Order>> PayAsync(string id, string paymentMethod, string key, CancellationToken cancellation);

    /// <summary>The order of somebody who knows its number and the address it was ordered with.</summary>
    Task<Answer<Lookup>> FindAsync(LookupRequest request, CancellationToken cancellation);
}

/// <summary>
/// What a service said: the thing, or the code of its refusal. A fault is neither. <c>OrderId</c>: the order that the
/// answer names as its place, which a refusal may do, too.
/// </summary>
public sealed record Answer<T>(T? Value, Problem? Refusal = null, string? OrderId = null) where T : class
{
    public string? Code => Refusal is null ? null : Refusal.Code ?? "request.refused";
}

public sealed record QuoteRequest(string CartId, string Country, string? PostalCode, string? ShippingOption);

public sealed record OrderRequest(
    string CartId, long CartVersion, string QuoteHash, string Email, Address ShippingAddress, string ShippingOption, string PaymentMethod);

public sealed record CardRequest(string PaymentMethod);

public sealed record LookupRequest(string Number, string Email);

public sealed record Lookup(string Id);

/// <summary>What a checkout would cost. Its hash is what a shopper agrees to.</summary>
public sealed record Quote : ISum
{
    public required string CartId { get; init; }
    public long CartVersion { get; init; }
    public IReadOnlyList<OrderLine> Lines { get; init; } = [];
    public required Money ItemsTotal { get; init; }
    public IReadOnlyList<ShippingOption> ShippingOptions { get; init; } = [];
    public string ShippingOption { get; init; } = "";
    public required Money Shipping { get; init; }
    public required Money Tax { get; init; }
    public int TaxRate { get; init; }
    public required Money Total { get; init; }
    public required string QuoteHash { get; init; }

    public string ShippingName => ShippingOptions.FirstOrDefault(option => option.Id == ShippingOption)?.Name ?? "Shipping";
}

/// <summary>What is shown as a sum: of a quote, or of an order.</summary>
public interface ISum
{
    IReadOnlyList<OrderLine> Lines { get; }
    Money ItemsTotal { get; }
    string ShippingName { get; }
    Money Shipping { get; }
    Money Tax { get; }

    /// <summary>In hundredths of a percent: 1900 is 19 %.</summary>
    int TaxRate { get; }

    Money Total { get; }
}

public sealed record OrderLine
{
    public required string Sku { get; init; }
    public required string Title { get; init; }
    public string? VariantTitle { get; init; }
    public required string ProductHandle { get; init; }
    public Picture? Image { get; init; }
    public int Quantity { get; init; }
    public required Money LineTotal { get; init; }
}

public sealed record ShippingOption
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required Money Price { get; init; }
    public int MinDays { get; init; }
    public int MaxDays { get; init; }

    public string Days => (MinDays, MaxDays) switch
    {
        (_, <= 0) => "",
        (_, 1) => "1 working day",
        var (min, max) when min == max || min <= 0 => $"{max} working days",
        var (min, max) => $"{min} to {max} working days",
    };
}

public sealed record Address
{
    public string Name { get; init; } = "";
    public string Line1 { get; init; } = "";
    public string? Line2 { get; init; }
    public string City { get; init; } = "";
    public string PostalCode { get; init; } = "";
    public string? Region { get; init; }
    public string Country { get; init; } = "";
    public string? Phone { get; init; }
}

/// <summary>An order as its owner sees it.</summary>
public sealed record Order : ISum
{
    public required string Id { get; init; }
    public string Number { get; init; } = "";
    public long Version { get; init; }
    public string State { get; init; } = "";
    public string Outcome { get; init; } = "";
    public string? Reason { get; init; }
    public string Email { get; init; } = "";
    public Address ShippingAddress { get; init; } = new();
    public IReadOnlyList<OrderLine> Lines { get; init; } = [];
    public required Money ItemsTotal { get; init; }
    public ShippingOption? ShippingOption { get; init; }
    public required Money Shipping { get; init; }
    public required Money Tax { get; init; }
    public int TaxRate { get; init; }
    public required Money Total { get; init; }
    public Money? Refunded { get; init; }
    public required OrderPayment Payment { get; init; }
    public Shipment? Shipment { get; init; }
    public IReadOnlyList<OrderMove> History { get; init; } = [];
    public bool CanCancel { get; init; }
    public bool CanPayAgain { get; init; }
    public DateTimeOffset PlacedAt { get; init; }

    public string ShippingName => ShippingOption?.Name ?? "Shipping";
}

/// <summary>A page of somebody's orders; <c>Next</c> is the cursor of the one that follows.</summary>
public sealed record OrderPage(IReadOnlyList<PastOrder> Items, string? Next);

/// <summary>An order in a shopper's history.</summary>
public sealed record PastOrder
{
    public required string Id { get; init; }
    public string Number { get; init; } = "";
    public string State { get; init; } = "";
    public string Outcome { get; init; } = "";
    public required Money Total { get; init; }
    public DateTimeOffset PlacedAt { get; init; }
    public IReadOnlyList<OrderLine> Lines { get; init; } = [];
}

public sealed record OrderPayment(string State, int Attempt, string? Reason, string? NextActionUrl);

public sealed record Shipment(string State, IReadOnlyList<Parcel>? Parcels);

public sealed record Parcel(int No, string Tracking, string State);

/// <summary>A step on the order's way.</summary>
public sealed record OrderMove(long Seq, string State, DateTimeOffset At);

/// <summary>Asks Ordering over HTTP.</summary>
sealed class OrderingClient(HttpClient http) : IOrdering
{
    public Task<Answer<Quote>> QuoteAsync(QuoteRequest request, CancellationToken cancellation) =>
        PostAsync("/api/ordering/quotes", JsonContent.Create(request, Wire.Default.QuoteRequest), null, Wire.Default.Quote, cancellation);

    public Task<Answer<Order>> PlaceAsync(OrderRequest request, string key, CancellationToken cancellation) =>
        PostAsync("/api/ordering/orders", JsonContent.Create(request, Wire.Default.OrderRequest), key, Wire.Default.Order, cancellation);

    public async Task<Answer<Order>> OrderAsync(string id, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(At(id), cancellation);
        return await ReadAsync(response, Wire.Default.Order, cancellation);
    }

    public async Task<Answer<Order>> NewerAsync(string id, long version, CancellationToken cancellation)
    {
        // Shorter than an attempt may take.
        using var response = await http.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{At(id)}?after={version}&wait=3"), cancellation);
        return await ReadAsync(response, Wire.Default.Order, cancellation);
    }

    public async Task<Answer<OrderPage>> OrdersAsync(string? after, CancellationToken cancellation)
    {
        using var response = await http.GetAsync("/api/ordering/orders" + (after is null ? "" : "?after=" + Uri.EscapeDataString(after)), cancellation);
        return await ReadAsync(response, Wire.Default.OrderPage, cancellation);
    }

    public Task<Answer<Order>> CancelAsync(string id, CancellationToken cancellation) =>
        PostAsync(At(id) + "/cancel", null, null, Wire.Default.Order, cancellation);

    public Task<Answer<Order>> PayAsync(string id, string paymentMethod, string key, CancellationToken cancellation) =>
        PostAsync(At(id) + "/payments", JsonContent.Create(new CardRequest(paymentMethod), Wire.Default.CardRequest), key, Wire.Default.Order, cancellation);

    public Task<Answer<Lookup>> FindAsync(LookupRequest request, CancellationToken cancellation) =>
        PostAsync("/api/ordering/lookups", JsonContent.Create(request, Wire.Default.LookupRequest), null, Wire.Default.Lookup, cancellation);

    static string At(string id) => "/api/ordering/orders/" + Uri.EscapeDataString(id);

    async Task<Answer<T>> PostAsync<T>(string path, HttpContent? body, string? key, JsonTypeInfo<T> json, CancellationToken cancellation) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var response = await http.SendAsync(request, cancellation);
        return await ReadAsync(response, json, cancellation);
    }

    static async Task<Answer<T>> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> json, CancellationToken cancellation) where T : class
    {
        var place = response.Headers.Location?.OriginalString;
        var id = place is null ? null : Uri.UnescapeDataString(place[(place.LastIndexOf('/') + 1)..]);
        return Wire.IsRefusal(response) ? new Answer<T>(null, await Wire.ProblemAsync(response, cancellation), id)
            : new Answer<T>(await Wire.ReadAsync(response, json, cancellation), null, id);
    }
}
