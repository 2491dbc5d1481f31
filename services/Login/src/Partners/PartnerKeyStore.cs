using Souk.Login.Keys;

namespace Souk.Login.Partners;

/// <summary>A partner's key: all of it but the key.</summary>
sealed record PartnerKey(
    string Id, string Name, IReadOnlyList<string> Scopes, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>The partners' keys.</summary>
sealed class PartnerKeyStore(Database database, TimeProvider clock)
{
    /// <summary>Adds one; what signed it stays published for as long as it is good.</summary>
    public Task AddAsync(PartnerKey key, string signedBy, CancellationToken cancellation) => database.WriteAsync(async tx =>
    {
        await tx.ExecuteAsync($"""
            INSERT INTO partner_key (id, name, scopes, created_by, created_at, expires_at)
            VALUES ({key.Id}, {key.Name}, {string.Join(' ', key.Scopes)}, {key.CreatedBy}, {key.CreatedAt}, {key.ExpiresAt})
            """, cancellation);
        await KeyStore.NeedUntilAsync(tx, signedBy, key.ExpiresAt + LoginSettings.ClockSkew * 2);
    }, cancellation);

    public Task<List<PartnerKey>> AllAsync(CancellationToken cancellation) => database.ReadAsync(session => session.QueryAsync(
        $"SELECT id, name, scopes, created_by, created_at, expires_at, revoked_at FROM partner_key ORDER BY created_at DESC, id",
        row => new PartnerKey(row.Text(0), row.Text(1), row.Text(2).Split(' '), row.Text(3), row.Time(4), row.Time(5),
            row.LongOrNull(6) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null), cancellation), cancellation);

    /// <returns>False: there is no such key.</returns>
    public Task<bool> RevokeAsync(string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(async tx =>
        {
            var expires = await tx.FirstAsync(
                $"UPDATE partner_key SET revoked_at = {now} WHERE id = {id} AND revoked_at IS NULL RETURNING expires_at", row => (DateTimeOffset?)row.Time(0), cancellation);
            if (expires is null) return await tx.LongAsync($"SELECT COUNT(*) FROM partner_key WHERE id = {id}", cancellation) == 1;
            var until = (expires.Value + LoginSettings.ClockSkew * 2).ToUnixTimeSeconds();
            await TrustStore.AddAsync(tx, new Revoked(id, null, until, until));
            return true;
        }, cancellation);
    }
}
