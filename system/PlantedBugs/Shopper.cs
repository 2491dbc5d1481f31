using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Souk.PlantedBugs;

/// <summary>Somebody outside, who writes down every answer.</summary>
/// <param name="house">The store.</param>
/// <param name="cart">The own cart.</param>
sealed class Shopper(House house, string cart)
{
    public const string Accepted = "pm_card_success";

    /// <summary>Is accepted as well; on this day the bank's answers to it get lost.</summary>
    public const string Unheard = "pm_card_mastercard";

    public const string Declined = "pm_card_declined";

    /// <summary>Comes in and takes a cart.</summary>
    public static async Task<Shopper> EnterAsync(House house)
    {
        var made = await SendAsync(house, "new cart", "cart", HttpMethod.Post, "/api/cart/carts");
        return new Shopper(house, made.Text("id"));
    }

    public async Task TakeAsync(string sku, int quantity) =>
        await SendAsync(house, "add line", "cart", HttpMethod.Put, $"/api/cart/carts/{cart}/lines/{sku}", new { quantity });

    /// <summary>Looks at the price and agrees to it.</summary>
    /// <returns>What is sent to order.</returns>
    public async Task<object> AgreeAsync(string card)
    {
        var quote = await SendAsync(house, "quote", "ordering", HttpMethod.Post, "/api/ordering/quotes", new { cartId = cart, country = "DE" });
        return new
        {
            cartId = cart,
            cartVersion = quote.Body.GetProperty("cartVersion").GetInt64(),
            quoteHash = quote.Text("quoteHash"),
            email = "ada@example.com",
            shippingAddress = new { name = "Ada", line1 = "Street 1", city = "Berlin", postalCode = "10115", country = "DE" },
            shippingOption = quote.Text("shippingOption"),
            paymentMethod = card,
        };
    }

    public Task<Answer> OrderAsync(object agreed, string key) =>
        SendAsync(house, "order", "ordering", HttpMethod.Post, "/api/ordering/orders", agreed, key);

    public async Task<Answer> BuyAsync(string sku, int quantity, string card, string key)
    {
        await TakeAsync(sku, quantity);
        return await OrderAsync(await AgreeAsync(card), key);
    }

    public Task<Answer> PayAsync(string order, string card, string key) =>
        SendAsync(house, "pay", "ordering", HttpMethod.Post, $"/api/ordering/orders/{order}/payments", new { paymentMethod = card }, key);

    public static Task<Answer> ReadAsync(House house, string order) =>
        SendAsync(house, "read", "ordering", HttpMethod.Get, $"/api/ordering/orders/{order}");

    public static Task<Answer> CancelAsync(House house, string order) =>
        SendAsync(house, "cancel", "ordering", HttpMethod.Post, $"/api/ordering/orders/{order}/cancel");

    /// <summary>Staff gives back.</summary>
    public static Task<Answer> RefundAsync(House house, string order, object what, string key) =>
        SendAsync(house, "refund", "ordering", HttpMethod.Post, $"/api/ordering/orders/{order}/refunds", what, key, caller: "console");

    /// <summary>The record of a house's clients: JSON, an answer a line.</summary>
    public static string RecordOf(House house) => Path.Combine(house.Folder, "record.jsonl");

    static async Task<Answer> SendAsync(
        House house, string action, string callee, HttpMethod method, string path, object? body = null, string? key = null, string caller = "gateway")
    {
        var at = Now(house);
        var json = body is null ? "" : JsonSerializer.Serialize(body);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        var answer = Answer.None;
        try
        {
            using var response = await house.Network.SendAsync(caller, callee, request);
            answer = Answer.Of(response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            // Neither yes nor no.
        }
        Note(house, new
        {
            at,
            doneAt = Now(house),
            action,
            key,
            bodyHash = HashOf(json),
            status = (int)answer.Status,
            orderId = action switch
            {
                "order" or "pay" or "read" or "cancel" => answer.TextOrNull("id"),
                "refund" => answer.TextOrNull("orderId"),
                _ => null,
            },
            // A refund's state is none of the order's.
            state = action == "refund" ? null : answer.TextOrNull("state"),
            code = answer.TextOrNull("code"),
            answerHash = HashOf(answer.Raw),
        });
        return answer;
    }

    /// <summary>No two moments are one: what was asked after an answer is told from what was asked before it.</summary>
    static string Now(House house)
    {
        house.Clock.Advance(TimeSpan.FromMilliseconds(1));
        return house.Clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
    }

    static void Note(House house, object line)
    {
        lock (house) File.AppendAllText(RecordOf(house), JsonSerializer.Serialize(line) + "\n");
    }

    static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, string Raw, JsonElement Body)
{
    public static readonly Answer None = new(0, "", default);

    public static Answer Of(HttpStatusCode status, string raw) =>
        new(status, raw, raw.Length == 0 ? default : JsonDocument.Parse(raw).RootElement);

    public string? TextOrNull(string name) =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    public string Text(string name) => TextOrNull(name) ?? throw new InvalidOperationException($"The answer {(int)Status} has no {name}: {Raw}");
}
