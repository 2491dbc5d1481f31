using System.Globalization;
using System.Text.Json;

namespace Souk.Auditing;

/// <summary>What a client was told, one line of a record: JSON, with whatever of these members is known.</summary>
/// <param name="At">When it asked.</param>
/// <param name="DoneAt">When it had the answer; the same as <paramref name="At"/> where that was not written down.</param>
/// <param name="Action">What it asked for: <c>order</c>, <c>pay</c>, <c>read</c>, <c>cancel</c> …</param>
/// <param name="Key">Its Idempotency-Key; null: none.</param>
/// <param name="Status">The answer's status; 0: there was no answer.</param>
/// <param name="OrderId">The order in it.</param>
/// <param name="State">The order's state in it.</param>
/// <param name="Code">The refusal's code.</param>
/// <param name="BodyHash">Of the request's body.</param>
/// <param name="AnswerHash">Of the answer's body.</param>
public sealed record ClientAnswer(
    DateTimeOffset At, DateTimeOffset DoneAt, string Action, string? Key, int Status, string? OrderId, string? State, string? Code,
    string? BodyHash, string? AnswerHash)
{
    /// <summary>Neither yes nor no: no answer, or a fault of the store.</summary>
    public bool IsUnknown => Status is 0 or >= 500;

    /// <summary>Reads a record: JSON, one object a line. Other members, other lines and a torn last line are passed over.</summary>
    /// <param name="file">Written by a load generator's <c>--record</c>.</param>
    public static IReadOnlyList<ClientAnswer> ReadAll(string file) => [.. File.ReadLines(file).Select(Read).OfType<ClientAnswer>()];

    static ClientAnswer? Read(string line)
    {
        if (string.IsNullOrWhiteSpace(line)) return null;
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            var at = Time(json.RootElement, "at") ?? DateTimeOffset.UnixEpoch;
            return new ClientAnswer(at, Time(json.RootElement, "doneAt") ?? at, Text(json.RootElement, "action") ?? "",
                Text(json.RootElement, "key"), Number(json.RootElement, "status"), Text(json.RootElement, "orderId"),
                Text(json.RootElement, "state"), Text(json.RootElement, "code"), Text(json.RootElement, "bodyHash"),
                Text(json.RootElement, "answerHash"));
        }
        catch (JsonException)
        {
            return null; // the writer was killed in the middle of it
        }
    }

    static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static int Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : 0;

    /// <summary>RFC 3339, or milliseconds since 1970.</summary>
    static DateTimeOffset? Time(JsonElement json, string name) => !json.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
        JsonValueKind.String when DateTimeOffset.TryParse(
            value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) => time,
        _ => null,
    };
}
