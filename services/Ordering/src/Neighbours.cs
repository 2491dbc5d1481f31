using System.Net;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Souk.Ordering;

// Whom Ordering asks, each with only the calls it makes and the fields it reads.

/// <summary>Cart: what is bought, at what price.</summary>
sealed class CartClient(HttpClient http)
{
    /// <summary>The cart; null when there is none.</summary>
    public Task<CartAnswer?> FindAsync(string id, CancellationToken cancellation) =>
        Wire.FindAsync(http, "/internal/carts/" + Uri.EscapeDataString(id), NeighbourJson.Default.CartAnswer, cancellation);

    /// <summary>Removes what was bought; what has changed since that version stays.</summary>
    public async Task CheckOutAsync(Order order, CancellationToken cancellation) =>
        await Wire.PutAsync(http, $"/internal/checkouts/{order.Id}",
            new CheckoutBody(order.Agreed.CartId, order.Agreed.CartVersion, order.Agreed.Pieces),
            NeighbourJson.Default.CheckoutBody, cancellation);
}

/// <summary>Inventory: promises pieces, and hands them out.</summary>
sealed class InventoryClient(HttpClient http)
{
    /// <summary>Reserves all lines or none.</summary>
    /// <param name="orderId">The reservation's name.</param>
    /// <param name="lines">What is bought.</param>
    /// <param name="hold">Until when at most; null: until it is released.</param>
    /// <param name="cancellation">The step's.</param>
    /// <returns>The SKUs that are short; empty: all is reserved.</returns>
    public async Task<IReadOnlyList<string>> ReserveAsync(
        string orderId, IReadOnlyList<Pieces> lines, TimeSpan? hold, CancellationToken cancellation)
    {
        var (status, problem) = await Wire.PutAsync(http, $"/internal/reservations/{orderId}",
            new ReservationBody(lines, Seconds(hold)),
            NeighbourJson.Default.ReservationBody, cancellation, "inventory.reservation.out_of_stock");
        return status == HttpStatusCode.Conflict ? problem?.Skus ?? [] : [];
    }

    /// <summary>Moves a reservation on; false when it has run out meanwhile.</summary>
    public async Task<bool> PutStateAsync(string orderId, string state, TimeSpan? hold, CancellationToken cancellation) =>
        (await Wire.PutAsync(http, $"/internal/reservations/{orderId}/state", new ReservationState(state, Seconds(hold)),
            NeighbourJson.Default.ReservationState, cancellation, "inventory.reservation.expired")).Status == HttpStatusCode.OK;

    /// <summary>Puts pieces back on the shelf, once for each key.</summary>
    public async Task RestockAsync(string key, string orderId, IReadOnlyList<Pieces> lines, CancellationToken cancellation) =>
        await Wire.PutAsync(http, $"/internal/restocks/{key}", new RestockBody(orderId, lines), NeighbourJson.Default.RestockBody, cancellation);

    static long? Seconds(TimeSpan? length) => length is { } hold ? (long)Math.Ceiling(hold.TotalSeconds) : null;
}

/// <summary>Payment: money, asked for under a name, so that asking again is the same asking.</summary>
sealed class PaymentClient(HttpClient http)
{
    public Task<PaymentAnswer> AuthorizeAsync(Order order, string returnUrl, CancellationToken cancellation) => AskAsync(
        $"/internal/payments/{order.Id}/authorizations/{order.Attempt}",
        new AuthorizeBody(order.Agreed.Total, order.PaymentMethod, returnUrl), NeighbourJson.Default.AuthorizeBody, cancellation);

    public Task<PaymentAnswer> CaptureAsync(Order order, CancellationToken cancellation) => AskAsync(
        $"/internal/payments/{order.Id}/capture", new CaptureBody(order.Agreed.Total), NeighbourJson.Default.CaptureBody, cancellation);

    public Task<PaymentAnswer> VoidAsync(string orderId, CancellationToken cancellation) => AskAsync(
        $"/internal/payments/{orderId}/void", new VoidBody(), NeighbourJson.Default.VoidBody, cancellation);

    public Task<PaymentAnswer> RefundAsync(string orderId, string key, Money amount, string reason, CancellationToken cancellation) => AskAsync(
        $"/internal/payments/{orderId}/refunds/{key}", new RefundBody(amount, reason), NeighbourJson.Default.RefundBody, cancellation);

    async Task<PaymentAnswer> AskAsync<T>(string path, T body, JsonTypeInfo<T> json, CancellationToken cancellation)
    {
        using var response = await http.PutAsJsonAsync(path, body, json, cancellation);
        if (response.StatusCode == HttpStatusCode.OK) return await Wire.ReadAsync(response, NeighbourJson.Default.PaymentAnswer, cancellation);
        // A refusal is an answer: this payment does not do that any more.
        if ((int)response.StatusCode is 409) return new PaymentAnswer("refused", (await Wire.ProblemAsync(response, cancellation))?.Code, null);
        throw Wire.Fault(response);
    }
}

/// <summary>Shipping: what it costs to send, and sending.</summary>
sealed class ShippingClient(HttpClient http, TimeProvider clock)
{
    // Rates change now and then; a shopper who types waits for them once.
    static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);
    const int KnownMax = 1000;

    readonly System.Collections.Concurrent.ConcurrentDictionary<(string, long), (OptionsAnswer Answer, DateTimeOffset At)> _known = new();

    public async Task<IReadOnlyList<ShippingOption>> OptionsAsync(string country, long grams, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue((country, grams), out var known) && now - known.At < Fresh) return known.Answer.Options;
        var answer = await Wire.FindAsync(http, $"/internal/options?country={country}&grams={grams}",
            NeighbourJson.Default.OptionsAnswer, cancellation) ?? new OptionsAnswer([]);
        if (_known.Count >= KnownMax) _known.Clear();
        _known[(country, grams)] = (answer, now);
        return answer.Options;
    }

    public async Task<Shipment> ShipAsync(Order order, CancellationToken cancellation)
    {
        var agreed = order.Agreed;
        var body = new ShipmentBody(agreed.ShippingOption.Id, agreed.ShippingAddress,
            agreed.Lines.Sum(line => line.Grams * line.Quantity), agreed.Pieces);
        using var response = await http.PutAsJsonAsync($"/internal/shipments/{order.Id}", body, NeighbourJson.Default.ShipmentBody, cancellation);
        if (response.StatusCode != HttpStatusCode.OK) throw Wire.Fault(response);
        return await Wire.ReadAsync(response, NeighbourJson.Default.Shipment, cancellation);
    }

    /// <summary>Stops a shipment; false when the carrier has it.</summary>
    public async Task<bool> CancelAsync(string orderId, CancellationToken cancellation)
    {
        using var response = await http.PutAsJsonAsync(
            $"/internal/shipments/{orderId}/cancellation", new VoidBody(), NeighbourJson.Default.VoidBody, cancellation);
        if (response.StatusCode != HttpStatusCode.OK) throw Wire.Fault(response);
        return (await Wire.ReadAsync(response, NeighbourJson.Default.CancellationAnswer, cancellation)).State == "cancelled";
    }
}

/// <summary>How the neighbours' answers are read.</summary>
static class Wire
{
    /// <summary>What is there; null on 404.</summary>
    public static async Task<T?> FindAsync<T>(HttpClient http, string path, JsonTypeInfo<T> json, CancellationToken cancellation) where T : class
    {
        using var response = await http.GetAsync(path, cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        if (!response.IsSuccessStatusCode) throw Fault(response);
        return await ReadAsync(response, json, cancellation);
    }

    /// <summary>Puts, and takes success or one expected refusal for an answer.</summary>
    public static async Task<(HttpStatusCode Status, ProblemAnswer? Problem)> PutAsync<T>(
        HttpClient http, string path, T body, JsonTypeInfo<T> json, CancellationToken cancellation, string? refusal = null)
    {
        using var response = await http.PutAsJsonAsync(path, body, json, cancellation);
        if (response.IsSuccessStatusCode) return (response.StatusCode, null);
        var problem = response.StatusCode == HttpStatusCode.Conflict ? await ProblemAsync(response, cancellation) : null;
        return problem?.Code is { } code && code == refusal ? (response.StatusCode, problem) : throw Fault(response, problem?.Code);
    }

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> json, CancellationToken cancellation) =>
        await response.Content.ReadFromJsonAsync(json, cancellation) ?? throw new HttpRequestException("The answer is null.");

    public static async Task<ProblemAnswer?> ProblemAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? await response.Content.ReadFromJsonAsync(NeighbourJson.Default.ProblemAnswer, cancellation) : null;

    public static HttpRequestException Fault(HttpResponseMessage response, string? code = null) => new(
        $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath} was answered {(int)response.StatusCode} {code}",
        null, response.StatusCode);
}

/// <summary>Of Cart's answer.</summary>
sealed record CartAnswer(string Id, long Version, IReadOnlyList<CartAnswer.Line> Lines)
{
    public sealed record Line(
        string Sku, string Title, string VariantTitle, string ProductHandle, int Quantity, Money UnitPrice, bool Available,
        Image? Image = null, long Grams = 0);
}

/// <summary>So many of a SKU.</summary>
sealed record Pieces(string Sku, int Quantity);

sealed record CheckoutBody(string CartId, long CartVersion, IReadOnlyList<Pieces> Lines);

sealed record ReservationBody(IReadOnlyList<Pieces> Lines, long? HoldSeconds);

sealed record ReservationState(string State, long? HoldSeconds);

sealed record RestockBody(string OrderId, IReadOnlyList<Pieces> Lines);

sealed record AuthorizeBody(Money Amount, string PaymentMethod, string ReturnUrl);

sealed record CaptureBody(Money Amount);

sealed record VoidBody;

sealed record RefundBody(Money Amount, string Reason);

sealed record ShipmentBody(string Option, Address Address, long Grams, IReadOnlyList<Pieces> Lines);

/// <summary>Of Payment's answers.</summary>
sealed record PaymentAnswer(string State, string? Reason = null, string? NextActionUrl = null);

/// <summary>Of Shipping's answer.</summary>
sealed record OptionsAnswer(IReadOnlyList<ShippingOption> Options);

sealed record CancellationAnswer(string State);

/// <summary>Of a refusal.</summary>
sealed record ProblemAnswer(string? Code = null, IReadOnlyList<string>? Skus = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CartAnswer))]
[JsonSerializable(typeof(CheckoutBody))]
[JsonSerializable(typeof(ReservationBody))]
[JsonSerializable(typeof(ReservationState))]
[JsonSerializable(typeof(RestockBody))]
[JsonSerializable(typeof(AuthorizeBody))]
[JsonSerializable(typeof(CaptureBody))]
[JsonSerializable(typeof(VoidBody))]
[JsonSerializable(typeof(RefundBody))]
[JsonSerializable(typeof(ShipmentBody))]
[JsonSerializable(typeof(PaymentAnswer))]
[JsonSerializable(typeof(OptionsAnswer))]
[JsonSerializable(typeof(CancellationAnswer))]
[JsonSerializable(typeof(Shipment))]
[JsonSerializable(typeof(ProblemAnswer))]
sealed partial class NeighbourJson : JsonSerializerContext;
