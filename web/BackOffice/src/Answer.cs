using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Souk.BackOffice;

/// <summary>What a service said: the thing, or its refusal. A fault is neither.</summary>
public sealed record Answer<T>(T? Value, Problem? Refusal = null) where T : class;

/// <summary>A refusal: its stable code, the rows of a product that were not taken, and its status.</summary>
public sealed record Problem(string? Code, IReadOnlyList<RefusedRow>? Refused = null)
{
    [JsonIgnore]
    public int Status { get; init; } = StatusCodes.Status400BadRequest;
}

/// <summary>How the back office reads and writes JSON: only the fields it uses.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OrderList))]
[JsonSerializable(typeof(StaffOrder))]
[JsonSerializable(typeof(AttentionList))]
[JsonSerializable(typeof(RefundRequest))]
[JsonSerializable(typeof(ReasonRequest))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Refund))]
[JsonSerializable(typeof(StockList))]
[JsonSerializable(typeof(Stock))]
[JsonSerializable(typeof(StockAudit))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(Correction))]
[JsonSerializable(typeof(ProductList))]
[JsonSerializable(typeof(Product))]
[JsonSerializable(typeof(ImportReport))]
[JsonSerializable(typeof(AccountList))]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(Disabling))]
[JsonSerializable(typeof(Problem))]
sealed partial class Wire : JsonSerializerContext
{
    public static async Task<Answer<T>> GetAsync<T>(HttpClient http, string path, JsonTypeInfo<T> json, CancellationToken cancellation) where T : class
    {
        using var response = await http.GetAsync(path, cancellation);
        return await ReadAsync(response, json, cancellation);
    }

    public static async Task<Answer<T>> SendAsync<T>(
        HttpClient http, HttpMethod method, string path, HttpContent body, JsonTypeInfo<T> json, CancellationToken cancellation, string? key = null) where T : class
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var response = await http.SendAsync(request, cancellation);
        return await ReadAsync(response, json, cancellation);
    }

    /// <exception cref="HttpRequestException">The service answered with a failure.</exception>
    /// <exception cref="JsonException">The answer is not what the contract says.</exception>
    static async Task<Answer<T>> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> json, CancellationToken cancellation) where T : class =>
        await RefusalAsync(response, cancellation) is { } refusal ? new Answer<T>(null, refusal)
            : new Answer<T>(await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(json, cancellation) ?? throw new JsonException("The answer is null."));

    /// <summary>The service's no, which asking again does not change; null where it is none. Too much at once is a fault.</summary>
    public static async Task<Problem?> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        (int)response.StatusCode is not (>= 400 and < 500 and not 429 and var status) ? null
            : (await response.Content.ReadFromJsonAsync(Default.Problem, cancellation) ?? new Problem(null)) with { Status = status };

    /// <summary>A path with a query, of which what is not given is left out.</summary>
    public static string Query(string path, params IEnumerable<(string Name, string? Value)> fields)
    {
        var given = fields.Where(field => !string.IsNullOrEmpty(field.Value)).Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value!)}").ToList();
        return given.Count == 0 ? path : $"{path}?{string.Join('&', given)}";
    }
}
