using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Souk.Platform.Data;

namespace Souk.Platform.Events;

/// <summary>What a consumer does with an event. It runs in the transaction that also moves the cursor.</summary>
/// <param name="tx">The transaction. Nothing but it may be waited for.</param>
/// <param name="e">The event.</param>
public delegate Task EventHandler<T>(Transaction tx, Event<T> e);

/// <summary>Which events of one producer a service reads, and what it does with each. Other types are passed over.</summary>
public sealed class Subscription
{
    readonly Dictionary<string, Func<Transaction, EventEnvelope, Task>> _handlers = new(StringComparer.Ordinal);

    internal Subscription(string producer) => Producer = producer;

    internal string Producer { get; }

    /// <summary>What the consumer reads of each type: published, so that a test can hold it against the producer.</summary>
    internal SortedDictionary<string, JsonTypeInfo> Reads { get; } = new(StringComparer.Ordinal);

    /// <summary>Names what happens with one type of event.</summary>
    /// <param name="type">The type, as in the producer's <c>events.json</c>.</param>
    /// <param name="json">The consumer's own record of the data: only the fields it reads.</param>
    /// <param name="handle">The effect.</param>
    public Subscription On<T>(string type, JsonTypeInfo<T> json, EventHandler<T> handle)
    {
        Reads.Add(type, json);
        _handlers.Add(type, (tx, e) => handle(tx, new Event<T>(e.Id, e.Type, e.Subject, e.Version, e.Position, e.Time,
            JsonSerializer.Deserialize(e.Data, json) ?? throw new FormatException($"{e.Type} {e.Id} has no data."))));
        return this;
    }

    internal Task ApplyAsync(Transaction tx, EventEnvelope e) =>
        _handlers.TryGetValue(e.Type, out var handle) ? handle(tx, e) : Task.CompletedTask;
}
