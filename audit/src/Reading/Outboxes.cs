namespace Souk.Auditing.Reading;

/// <summary>A service's outbox without the data: every event it ever told.</summary>
sealed class Outbox
{
    Outbox(List<Told> events) => Events = events;

    public IReadOnlyList<Told> Events { get; }

    /// <summary>In the order of the feed; on PostgreSQL those that have no position yet come last.</summary>
    public static async Task<Outbox> ReadAsync(DatabaseReader database) => new([.. (await database.QueryAsync(
        "SELECT id, type, subject, version, position FROM outbox",
        row => new Told(row.Text(0), row.Text(1), row.Text(2), row.Long(3), row.LongOrNull(4) ?? long.MaxValue)))
        .OrderBy(one => one.Position).ThenBy(one => one.Version)]);

    /// <summary>What a consumer has read by now, less what it has put aside.</summary>
    public static async Task<Func<Told, bool>> AppliedByAsync(DatabaseReader consumer, string producer)
    {
        var position = (await consumer.QueryAsync("SELECT producer, position FROM feed_cursor", row => (Producer: row.Text(0), Position: row.Long(1))))
            .FirstOrDefault(cursor => cursor.Producer == producer).Position;
        var waiting = (await consumer.QueryAsync("SELECT producer, position FROM waiting_event", row => (Producer: row.Text(0), Position: row.Long(1))))
            .Where(one => one.Producer == producer).Select(one => one.Position).ToHashSet();
        return told => told.Position <= position && !waiting.Contains(told.Position);
    }
}

/// <summary>An event in an outbox.</summary>
sealed record Told(string Id, string Type, string Subject, long Version, long Position);
