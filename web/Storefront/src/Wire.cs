using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Souk.Storefront;

/// <summary>How the shop reads its services' answers: only the fields it uses, whatever else is in them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProductList))]
[JsonSerializable(typeof(Product))]
[JsonSerializable(typeof(CategoryList))]
[JsonSerializable(typeof(StockList))]
[JsonSerializable(typeof(Cart))]
[JsonSerializable(typeof(LinePut))]
[JsonSerializable(typeof(Problem))]
sealed partial class Wire : JsonSerializerContext
{
    /// <exception cref="HttpRequestException">The service answered with a failure.</exception>
    /// <exception cref="JsonException">The answer is not what the contract says.</exception>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(type, cancellation)
        ?? throw new JsonException("The answer is null.");
}
