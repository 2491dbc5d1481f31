namespace Souk.Catalog.Images;

/// <summary>Keeps the pictures that the store serves itself, in the database, so that every replica has them.</summary>
sealed class ImageStore(Database database)
{
    public Task PutAsync(string name, string contentType, string hash, byte[] content, CancellationToken cancellation) =>
        database.WriteAsync(tx => tx.ExecuteAsync($"""
            INSERT INTO image (name, content_type, hash, content) VALUES ({name}, {contentType}, {hash}, {content})
            ON CONFLICT (name) DO UPDATE SET content_type = excluded.content_type, hash = excluded.hash, content = excluded.content
            """, cancellation), cancellation);

    /// <summary>The hash and type alone, for an answer without a body; null where there is no such picture.</summary>
    public Task<string?> HashAsync(string name, CancellationToken cancellation) => database.ReadAsync(session =>
        session.FirstAsync($"SELECT hash FROM image WHERE name = {name}", row => row.Text(0), cancellation), cancellation);

    public Task<StoredImage?> ReadAsync(string name, CancellationToken cancellation) => database.ReadAsync(session =>
        session.FirstAsync<StoredImage?>($"SELECT content_type, hash, content FROM image WHERE name = {name}",
            row => new StoredImage(row.Text(0), row.Text(1), row.Bytes(2)), cancellation), cancellation);

    /// <summary>The hashes of those names that are kept here.</summary>
    public async Task<Dictionary<string, string>> HashesAsync(IEnumerable<string> names, CancellationToken cancellation)
    {
        var wanted = names.Distinct(StringComparer.Ordinal).ToList();
        if (wanted.Count == 0) return [];
        var rows = await database.ReadAsync(session => session.QueryAsync(
            $"SELECT name, hash FROM image WHERE name IN {session.Texts(wanted)}",
            row => (Name: row.Text(0), Hash: row.Text(1)), cancellation), cancellation);
        return rows.ToDictionary(row => row.Name, row => row.Hash, StringComparer.Ordinal);
    }
}

/// <summary>A picture with what is served beside it.</summary>
sealed record StoredImage(string ContentType, string Hash, byte[] Content);
