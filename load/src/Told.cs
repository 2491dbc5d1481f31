using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Load;

/// <summary>
/// An answer as a shopper was given it, for a checker that later compares it with what the store knows: every order that was
/// shown exists, what was shown as confirmed stays so, and all answers for one key and body are the same.
/// </summary>
/// <param name="At">When it was asked for.</param>
/// <param name="DoneAt">When it came.</param>
/// <param name="Shopper">Who asked: the number in the run.</param>
/// <param name="Action">What for: <c>order</c>, <c>read</c>, <c>pay</c>, <c>cancel</c>, <c>refund</c>, <c>quote</c>, <c>new cart</c>, <c>add line</c>.</param>
/// <param name="Method">GET, POST or PUT.</param>
/// <param name="Path">The address below the store's.</param>
/// <param name="Key">The Idempotency-Key, if there was one.</param>
/// <param name="BodyHash">SHA-256 of the body that was sent.</param>
/// <param name="Attempt">1, and up with each repeat of the request.</param>
/// <param name="Status">Of the answer; 0: none came, so the outcome is unknown.</param>
/// <param name="Code">Of a refusal or fault.</param>
/// <param name="AnswerHash">SHA-256 of the answer's body.</param>
/// <param name="OrderId">Of the order in the answer, or in the address.</param>
/// <param name="Version">Of the order.</param>
/// <param name="State">Of the order; null where the answer is about a refund.</param>
/// <param name="Outcome">Of the order.</param>
/// <param name="PaymentMethod">The token that was sent.</param>
/// <param name="Amount">Minor units: the order's total, or the refund's.</param>
public sealed record Told(
    DateTimeOffset At, DateTimeOffset DoneAt, long Shopper, string Action, string Method, string Path, string? Key, string? BodyHash, int Attempt, int Status,
    string? Code, string? AnswerHash, string? OrderId, long? Version, string? State, string? Outcome, string? PaymentMethod, long? Amount)
{
    /// <summary>Writes answers as JSON lines.</summary>
    /// <param name="answers">What to write.</param>
    /// <param name="file">Replaced if it is there.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task WriteAsync(IEnumerable<Told> answers, string file, CancellationToken cancellation = default)
    {
        await using var lines = new StreamWriter(file);
        foreach (var answer in answers)
        {
            await lines.WriteLineAsync(JsonSerializer.Serialize(answer, LoadJson.Default.Told).AsMemory(), cancellation);
        }
    }

    /// <summary>Reads what <see cref="WriteAsync"/> wrote.</summary>
    public static IEnumerable<Told> Read(string file) =>
        File.ReadLines(file).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize(line, LoadJson.Default.Told)!);
}

/// <summary>The generator's JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Told))]
[JsonSerializable(typeof(Summary))]
[JsonSerializable(typeof(CartLine))]
[JsonSerializable(typeof(QuoteAsked))]
[JsonSerializable(typeof(OrderAsked))]
[JsonSerializable(typeof(PaymentAsked))]
[JsonSerializable(typeof(RefundAsked))]
sealed partial class LoadJson : JsonSerializerContext;

sealed record CartLine(int Quantity);

sealed record QuoteAsked(string CartId, string Country, string PostalCode);

sealed record OrderAsked(
    string CartId, long CartVersion, string QuoteHash, string Email, Address ShippingAddress, string ShippingOption, string PaymentMethod);

sealed record Address(string Name, string Line1, string City, string PostalCode, string Country);

sealed record PaymentAsked(string PaymentMethod);

sealed record RefundAsked(IReadOnlyList<RefundLine> Lines, string Reason);

sealed record RefundLine(string Sku, int Quantity);
