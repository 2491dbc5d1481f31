using Souk.Platform;

namespace Souk.Login.Keys;

/// <summary>Wakes those who wait for news of keys and revocations: another service's long poll.</summary>
public sealed class TrustNews(TimeProvider clock)
{
    readonly Signal _signal = new(clock);

    public Task Next => _signal.Next;

    public void Set() => _signal.Set();
}

/// <summary>Tokens that are dead before their time.</summary>
/// <param name="Sid">Of this session; or null.</param>
/// <param name="Sub">Of this subject; or null.</param>
/// <param name="Before">Those issued then or earlier, in seconds since 1970.</param>
/// <param name="Until">The last of them has expired by itself then, in seconds since 1970.</param>
public sealed record Revoked(string? Sid, string? Sub, long Before, long Until);

/// <summary>What those who check tokens must know, by position: revocations, and that keys have changed.</summary>
public sealed class TrustStore(Database database, TimeProvider clock)
{
    /// <summary>The position that this transaction's change has; others wait for its commit, so none is passed over.</summary>
    public static Task<long> MoveAsync(Transaction tx) => tx.LongAsync($"UPDATE trust SET position = position + 1 WHERE id = 1 RETURNING position");

    /// <summary>All tokens of a session, those included that a request under way may still be handed.</summary>
    public static async Task RevokeSessionAsync(Transaction tx, string sid, DateTimeOffset now)
    {
        // A session never comes back, so nothing issued for it later is good either.
        var until = (now + LoginSettings.AccessTokenLifetime + LoginSettings.ClockSkew * 2).ToUnixTimeSeconds();
        await AddAsync(tx, new Revoked(sid, null, until, until));
    }

    /// <summary>All tokens of a subject that were issued until now.</summary>
    public static Task RevokeSubjectAsync(Transaction tx, string subject, DateTimeOffset now) => AddAsync(tx, new Revoked(
        null, subject, now.ToUnixTimeSeconds(), (now + LoginSettings.AccessTokenLifetime + LoginSettings.ClockSkew * 2).ToUnixTimeSeconds()));

    public static async Task AddAsync(Transaction tx, Revoked revoked)
    {
        var position = await MoveAsync(tx);
        await tx.ExecuteAsync($"""
            INSERT INTO revocation (position, sid, subject, issued_before, until)
            VALUES ({position}, {revoked.Sid}, {revoked.Sub}, {revoked.Before}, {revoked.Until})
            """);
    }

    /// <summary>The present position, and the revocations after another that still matter.</summary>
    public Task<(long Position, List<Revoked> Revoked)> ReadAsync(long after, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return database.ReadAsync(async session =>
        {
            // The position first: what is committed between the two reads is seen twice, not never.
            var position = await session.LongAsync($"SELECT position FROM trust WHERE id = 1", cancellation);
            var revoked = position <= after ? [] : await session.QueryAsync(
                $"""
                SELECT sid, subject, issued_before, until FROM revocation
                WHERE position > {after} AND until > {now} ORDER BY position
                """,
                row => new Revoked(row.TextOrNull(0), row.TextOrNull(1), row.Long(2), row.Long(3)), cancellation);
            return (position, revoked);
        }, cancellation);
    }

    /// <summary>Whether a token was revoked; for Login itself.</summary>
    public async Task<bool> IsRevokedAsync(string sid, string subject, long issuedAt, CancellationToken cancellation) =>
        await database.ReadAsync(session => session.LongAsync(
            $"SELECT COUNT(*) FROM revocation WHERE (sid = {sid} OR subject = {subject}) AND issued_before >= {issuedAt}", cancellation), cancellation) > 0;

    public Task<int> ForgetAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        return database.WriteAsync(tx => tx.ExecuteAsync($"DELETE FROM revocation WHERE until <= {now}", cancellation), cancellation);
    }
}
