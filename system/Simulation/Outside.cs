using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Souk.Simulation;

/// <summary>
/// Everybody outside: sends requests to a store, and writes down every answer for the judge. No answer is neither yes nor no.
/// </summary>
sealed class Outside(Store store)
{
    /// <summary>Where orders are.</summary>
    public const string Orders = "/api/ordering/orders";

    // As the gateway does: nobody waits longer.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly List<ClientAnswer> _record = [];

    /// <summary>What was answered.</summary>
    public IReadOnlyList<ClientAnswer> Record => _record;

    /// <summary>Sends a request.</summary>
    /// <param name="action">What for, as the judge knows it.</param>
    /// <param name="callee">The service.</param>
    /// <param name="method">How.</param>
    /// <param name="path">Where.</param>
    /// <param name="body">JSON, or a form where it begins with no brace; null: none.</param>
    /// <param name="key">The Idempotency-Key.</param>
    /// <param name="caller">With whose identity.</param>
    public async Task<Answer> SendAsync(
        string action, string callee, HttpMethod method, string path, string? body = null, string? key = null, string caller = "gateway")
    {
        var at = store.World.Now;
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Souk-Deadline", Patience.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, body[0] == '{' ? "application/json" : "application/x-www-form-urlencoded");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        var answer = Answer.None;
        try
        {
            using var response = await store.Network.SendAsync(caller, callee, request)
                .WaitAsync(Patience, new WorldClock(store.World, TimeSpan.Zero, static () => false), CancellationToken.None);
            answer = Answer.Of(response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (Exception error) when (error is HttpRequestException or TimeoutException)
        {
            // Neither yes nor no.
        }
        Note(at, action, body, key, answer);
        return answer;
    }

    /// <summary>The body of an order of what was quoted.</summary>
    public static string OrderJson(string cart, Answer quote, string name, string card) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"cartId":"{{cart}}","cartVersion":{{quote.Body.GetProperty("cartVersion").GetInt64()}},"quoteHash":"{{quote.TextOrNull("quoteHash")}}",
        "email":"{{name}}@example.com","shippingAddress":{"name":"Ada","line1":"Street 1","city":"Berlin","postalCode":"10115","country":"DE"},
        "shippingOption":"{{quote.TextOrNull("shippingOption")}}","paymentMethod":"{{card}}"}
        """);

    void Note(DateTimeOffset at, string action, string? body, string? key, Answer answer) => _record.Add(new ClientAnswer(
        at, store.World.Now, action, key, (int)answer.Status,
        action switch
        {
            "order" or "pay" or "read" or "cancel" => answer.TextOrNull("id"),
            "refund" => answer.TextOrNull("orderId"),
            _ => null,
        },
        // A refund's state is none of the order's.
        action == "refund" ? null : answer.TextOrNull("state"),
        answer.TextOrNull("code"), key is null ? null : HashOf(body ?? ""), key is null ? null : HashOf(answer.Raw)));

    static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, string Raw, JsonElement Body)
{
    public static readonly Answer None = new(0, "", default);

    /// <summary>Nothing, or a fault: asked again under the same key.</summary>
    public bool IsUnknown => Status == 0 || (int)Status >= 500;

    public bool IsOk => (int)Status is >= 200 and < 300;

    public static Answer Of(HttpStatusCode status, string raw) =>
        new(status, raw, raw.Length > 0 && raw[0] is '{' or '[' ? JsonDocument.Parse(raw).RootElement : default);

    public string? TextOrNull(string name) =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
