using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Souk.Platform.Data;

namespace Souk.Platform.Events;

/// <summary>
/// The outbox is the log: an event is a row, written in the transaction that caused it, and served from there for
/// ever. Only the outbox publishes.
/// </summary>
public static class Outbox
{
    /// <summary>Adds an event to the transaction; it becomes readable if and only if the transaction commits.</summary>
    /// <param name="tx">The transaction of the change.</param>
    /// <param name="type">A past fact, declared by <c>service.Publishes</c>.</param>
    /// <param name="subject">The aggregate's id.</param>
    /// <param name="version">The aggregate's version after the change; unique per subject.</param>
    /// <param name="data">What happened.</param>
    /// <param name="json">How the data is written.</param>
    public static void Publish<T>(
        this Transaction tx, string type, string subject, long version, T data, JsonTypeInfo<T> json) =>
        tx.Published.Add(new OutboxRow(type, subject, version, JsonSerializer.Serialize(data, json)));

    /// <summary>
    /// Takes what is personal out of a subject's events, for a person who is forgotten: order, ids and versions stay, so no
    /// reader notices but one who reads again from before.
    /// </summary>
    /// <param name="tx">The transaction that forgets the person.</param>
    /// <param name="subject">The aggregate's id.</param>
    /// <param name="erase">Changes an event's data.</param>
    public static async Task EraseAsync(Transaction tx, string subject, Action<JsonObject> erase)
    {
        foreach (var (id, data) in await tx.QueryAsync($"SELECT id, data FROM outbox WHERE subject = {subject}", row => (row.Text(0), row.Text(1))))
        {
            if (JsonNode.Parse(data) is not JsonObject json) continue;
            erase(json);
            await tx.ExecuteAsync($"UPDATE outbox SET data = {json.ToJsonString()} WHERE id = {id}");
        }
    }

    /// <summary>Writes the transaction's events; called by the database as the last thing before the commit.</summary>
    internal static async Task AppendAsync(Transaction tx, DateTimeOffset now)
    {
        // One order is one linked story: whoever applies the event goes on with this trace.
        var trace = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;
        foreach (var e in tx.Published)
        {
            // (subject, version) is unique, so it is the event's id as well: no chance, no clock.
            var id = $"{e.Subject}/{e.Version}";
            await tx.ExecuteAsync($"""
                INSERT INTO outbox (id, type, subject, version, occurred_at, trace_parent, data)
                VALUES ({id}, {e.Type}, {e.Subject}, {e.Version}, {now}, {trace}, {e.Data})
                """);
        }
    }

    /// <summary>Committed events after a position, in order. The answer for a range never changes.</summary>
    internal static async Task<List<EventEnvelope>> ReadAsync(
        Database database, long after, int limit, CancellationToken cancellation)
    {
        if (database.Engine == Engine.Postgres) await SettleAsync(database, cancellation);
        return await database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT id, type, subject, version, position, occurred_at, trace_parent, data
            FROM outbox WHERE position > {after} ORDER BY position LIMIT {limit}
            """,
            row => new EventEnvelope(row.Text(0), row.Text(1), row.Text(2), row.Long(3), row.Long(4), row.Time(5),
                row.TextOrNull(6), row.Text(7)),
            cancellation), cancellation);
    }

    /// <summary>
    /// PostgreSQL: gives positions to the committed rows that have none. A row of a transaction still open is not
    /// seen here, so it gets a later position than everything already served; none is ever passed over.
    /// </summary>
    static async Task SettleAsync(Database database, CancellationToken cancellation)
    {
        var unsettled = await database.ReadAsync(session => session.LongAsync(
            $"SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE position IS NULL LIMIT 1) AS one", cancellation), cancellation);
        if (unsettled == 0) return;

        await database.WriteAsync(async tx =>
        {
            // One at a time; the next statement's snapshot is taken after the lock is ours.
            await tx.ExecuteAsync($"SELECT pg_advisory_xact_lock({0x5345544C45L})", cancellation);
            await tx.ExecuteAsync($"""
                UPDATE outbox SET position = settled.position
                FROM (SELECT number,
                             (SELECT COALESCE(MAX(position), 0) FROM outbox) + ROW_NUMBER() OVER (ORDER BY number) AS position
                      FROM outbox WHERE position IS NULL) AS settled
                WHERE outbox.number = settled.number
                """, cancellation);
        }, cancellation);
    }
}
