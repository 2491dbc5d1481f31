using System.Text.Json;

namespace Souk.Platform.Events;

/// <summary>An event as its consumer sees it.</summary>
/// <param name="Id">Unique in its producer.</param>
/// <param name="Type">A past fact, such as <c>ProductPut</c>.</param>
/// <param name="Subject">The aggregate it happened to.</param>
/// <param name="Version">The aggregate's version after it: 1, 2, 3 …</param>
/// <param name="Position">Its place in the producer's feed.</param>
/// <param name="Time">When it happened, by the producer's clock.</param>
/// <param name="Data">What happened, with only the fields that the consumer reads.</param>
public sealed record Event<T>(
    string Id, string Type, string Subject, long Version, long Position, DateTimeOffset Time, T Data);

/// <summary>An event before its data is read: the CloudEvents envelope.</summary>
sealed record EventEnvelope(
    string Id, string Type, string Subject, long Version, long Position, DateTimeOffset Time, string? TraceParent, string Data);

/// <summary>An event on its way into the outbox.</summary>
sealed record OutboxRow(string Type, string Subject, long Version, string Data);

/// <summary>CloudEvents 1.0 in JSON, as a feed serves them and a consumer reads them.</summary>
static class CloudEvents
{
    public const string BatchType = "application/cloudevents-batch+json";

    public static void Write(Utf8JsonWriter json, string source, EventEnvelope e)
    {
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", e.Id);
        json.WriteString("source", source);
        json.WriteString("type", e.Type);
        json.WriteString("subject", e.Subject);
        json.WriteString("time", e.Time);
        json.WriteString("datacontenttype", "application/json");
        json.WriteString("sequence", e.Position.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteNumber("aggregateversion", e.Version);
        if (e.TraceParent is not null) json.WriteString("traceparent", e.TraceParent);
        json.WritePropertyName("data");
        json.WriteRawValue(e.Data, skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>Reads an envelope; unknown attributes are left alone.</summary>
    /// <exception cref="FormatException">A required attribute is missing or of another kind.</exception>
    public static EventEnvelope Read(JsonElement json)
    {
        try
        {
            return new EventEnvelope(
                json.GetProperty("id").GetString()!,
                json.GetProperty("type").GetString()!,
                json.GetProperty("subject").GetString()!,
                json.GetProperty("aggregateversion").GetInt64(),
                long.Parse(json.GetProperty("sequence").GetString()!, System.Globalization.CultureInfo.InvariantCulture),
                json.GetProperty("time").GetDateTimeOffset(),
                json.TryGetProperty("traceparent", out var trace) ? trace.GetString() : null,
                json.GetProperty("data").GetRawText());
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            throw new FormatException("The feed served something that is no CloudEvent of this store.", error);
        }
    }
}
