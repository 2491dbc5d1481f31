namespace Souk.Settings;

/// <summary>The tables of exports. A part and its saga's move are one transaction.</summary>
static class ExportStore
{
    /// <summary>Adds an export; false when the person has one under way, or too many.</summary>
    public static async Task<bool> AddAsync(Transaction tx, Export export)
    {
        if (await tx.LongAsync($"SELECT COUNT(*) FROM export WHERE subject = {export.Subject}") >= Export.KeptMax) return false;
        return await tx.ExecuteAsync($"""
            INSERT INTO export (id, subject, requested_at) VALUES ({export.Id}, {export.Subject}, {export.RequestedAt}) ON CONFLICT DO NOTHING
            """) == 1;
    }

    /// <summary>The one that is being made for a person; null when there is none.</summary>
    public static Task<string?> UnderWayAsync(Session session, string subject) => session.FirstAsync(
        $"SELECT id FROM export WHERE subject = {subject} AND done_at IS NULL", row => row.Text(0));

    public static async Task<Export?> FindAsync(Session session, string id)
    {
        var export = await session.FirstAsync(
            $"SELECT subject, requested_at, done_at, expires_at FROM export WHERE id = {id}",
            row => new Export(id, row.Text(0), row.Time(1), new Dictionary<string, string>(), TimeOrNull(row, 2), TimeOrNull(row, 3)));
        if (export is null) return null;
        var parts = await session.QueryAsync(
            $"SELECT service, content FROM export_part WHERE export_id = {id}", row => (Service: row.Text(0), Content: row.Text(1)));
        return export with { Parts = parts.ToDictionary(part => part.Service, part => part.Content) };
    }

    /// <summary>Keeps what services have answered.</summary>
    public static async Task<Export> AddPartsAsync(Transaction tx, Export export, IReadOnlyDictionary<string, string> parts)
    {
        foreach (var (service, content) in parts)
        {
            await tx.ExecuteAsync($"""
                INSERT INTO export_part (export_id, service, content) VALUES ({export.Id}, {service}, {content})
                ON CONFLICT (export_id, service) DO UPDATE SET content = excluded.content
                """);
        }
        return export with { Parts = new Dictionary<string, string>([.. export.Parts.Where(part => !parts.ContainsKey(part.Key)), .. parts]) };
    }

    public static async Task<Export> DoneAsync(Transaction tx, Export export, DateTimeOffset now)
    {
        var expires = now + Export.Lifetime;
        await tx.ExecuteAsync($"UPDATE export SET done_at = {now}, expires_at = {expires} WHERE id = {export.Id}");
        return export with { DoneAt = now, ExpiresAt = expires };
    }

    /// <summary>Removes up to so many that nobody may read any more.</summary>
    /// <returns>How many there were.</returns>
    public static Task<int> RemoveExpiredAsync(Transaction tx, DateTimeOffset now, int max) => tx.ExecuteAsync($"""
        DELETE FROM export WHERE id IN (SELECT id FROM export WHERE expires_at <= {now} ORDER BY expires_at LIMIT {max})
        """);

    /// <summary>Nothing of the person's is kept any more.</summary>
    public static Task EraseAsync(Transaction tx, string subject) => tx.ExecuteAsync($"DELETE FROM export WHERE subject = {subject}");

    static DateTimeOffset? TimeOrNull(Row row, int column) =>
        row.LongOrNull(column) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
