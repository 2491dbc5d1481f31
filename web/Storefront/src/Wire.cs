using System.Text.Encodings.Web;
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
[JsonSerializable(typeof(QuoteRequest))]
[JsonSerializable(typeof(Quote))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(OrderPage))]
[JsonSerializable(typeof(Profile))]
[JsonSerializable(typeof(ProfilePut))]
[JsonSerializable(typeof(SavedAddresses))]
[JsonSerializable(typeof(AddressPut))]
[JsonSerializable(typeof(MailChoices))]
[JsonSerializable(typeof(Export))]
[JsonSerializable(typeof(EraseRequest))]
[JsonSerializable(typeof(Erasure))]
[JsonSerializable(typeof(CardRequest))]
[JsonSerializable(typeof(LookupRequest))]
[JsonSerializable(typeof(Lookup))]
[JsonSerializable(typeof(PageRequest))]
[JsonSerializable(typeof(ProviderPage))]
[JsonSerializable(typeof(Problem))]
sealed partial class Wire : JsonSerializerContext
{
    /// <summary>For people: indented, and letters of every script as they are.</summary>
    public static JsonSerializerOptions Readable { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = Default,
    };

    /// <exception cref="HttpRequestException">The service answered with a failure.</exception>
    /// <exception cref="JsonException">The answer is not what the contract says.</exception>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync(type, cancellation)
        ?? throw new JsonException("The answer is null.");

    /// <summary>Whether the service says no: an answer that asking again does not change. Too much at once is a fault.</summary>
    public static bool IsRefusal(HttpResponseMessage response) => (int)response.StatusCode is >= 400 and < 500 and not 429;

    public static async Task<Problem> ProblemAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        await response.Content.ReadFromJsonAsync(Default.Problem, cancellation) ?? new Problem(null);
}

/// <summary>The stable part of an error, and what may come with it: a new quote, the SKUs that are short.</summary>
public sealed record Problem(string? Code, Quote? Quote = null, IReadOnlyList<string>? Skus = null);
