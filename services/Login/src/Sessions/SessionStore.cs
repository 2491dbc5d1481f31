using Souk.Login.Keys;

namespace Souk.Login.Sessions;

/// <summary>A sign-in that lasts.</summary>
/// <param name="Id">Names it, and opens nothing: for a client it is the <c>sid</c> of its tokens.</param>
/// <param name="Kind"><c>browser</c> at Login itself, or <c>client</c>.</param>
/// <param name="Subject">Whose.</param>
/// <param name="ClientId">The client that was handed tokens; null for a browser.</param>
/// <param name="Parent">The browser's session that a client's came from.</param>
/// <param name="Agent">What it looks like to its owner: "Firefox on Linux".</param>
/// <param name="Methods">How it was proved, as in <c>amr</c>.</param>
/// <param name="SignedInAt">When.</param>
/// <param name="SeenAt">Last used, to within a few minutes.</param>
/// <param name="ExpiresAt">It ends then unless it is used.</param>
public sealed record LoginSession(
    string Id, string Kind, string Subject, string? ClientId, string? Parent, string Agent, IReadOnlyList<string> Methods,
    DateTimeOffset SignedInAt, DateTimeOffset SeenAt, DateTimeOffset ExpiresAt)
{
    public const string Browser = "browser";
    public const string Client = "client";

    /// <summary>A second factor or a passkey was part of it.</summary>
    public bool HasSecondFactor => Methods.Contains("mfa");
}

/// <summary>The sign-ins that last, and their ends: what ends is revoked in the same transaction.</summary>
public sealed class SessionStore(Database database, TimeProvider clock)
{
    static readonly Sql Columns = Sql.Text("id, kind, subject, client_id, parent, agent, methods, signed_in_at, seen_at, expires_at");

    public static Task AddAsync(Transaction tx, LoginSession session, string? keyHash = null) => tx.ExecuteAsync($"""
        INSERT INTO session (id, kind, key_hash, subject, client_id, parent, agent, methods, signed_in_at, seen_at, expires_at)
        VALUES ({session.Id}, {session.Kind}, {keyHash}, {session.Subject}, {session.ClientId}, {session.Parent}, {session.Agent},
            {string.Join(' ', session.Methods)}, {session.SignedInAt}, {session.SeenAt}, {session.ExpiresAt})
        """);

    public Task AddAsync(LoginSession session, string keyHash, CancellationToken cancellation) =>
        database.WriteAsync(tx => AddAsync(tx, session, keyHash), cancellation);

    /// <summary>The browser's session that a cookie opens; null when it has ended or its account is disabled.</summary>
    public Task<LoginSession?> FindByKeyAsync(string keyHash, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.ReadAsync(session => session.FirstAsync(
            $"""
            SELECT {Columns} FROM session WHERE key_hash = {keyHash} AND expires_at > {now}
                AND EXISTS (SELECT 1 FROM account WHERE account."Id" = session.subject AND account."DisabledAt" IS NULL)
            """, Read, cancellation), cancellation);
    }

    public Task<LoginSession?> FindAsync(string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.ReadAsync(session => session.FirstAsync(
            $"SELECT {Columns} FROM session WHERE id = {id} AND expires_at > {now}", Read, cancellation), cancellation);
    }

    /// <summary>The living sessions of a subject, the latest first.</summary>
    public Task<List<LoginSession>> OfAsync(string subject, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.ReadAsync(session => session.QueryAsync(
            $"SELECT {Columns} FROM session WHERE subject = {subject} AND expires_at > {now} ORDER BY signed_in_at DESC, id", Read, cancellation), cancellation);
    }

    /// <summary>Notes that it was used.</summary>
    public Task SeenAsync(string id, DateTimeOffset expiresAt, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(tx => tx.ExecuteAsync(
            $"UPDATE session SET seen_at = {now}, expires_at = {expiresAt} WHERE id = {id}", cancellation), cancellation);
    }

    /// <summary>A browser proved more: a second factor was added to its session.</summary>
    public static Task ProveAsync(Transaction tx, string id, IReadOnlyList<string> methods) =>
        tx.ExecuteAsync($"UPDATE session SET methods = {string.Join(' ', methods)} WHERE id = {id}");

    /// <summary>Ends one session of a subject, and of a browser's all that came from it.</summary>
    /// <returns>The ids of what ended; none when it is not that subject's.</returns>
    public static async Task<List<string>> EndAsync(Transaction tx, string subject, string id, DateTimeOffset now)
    {
        var ended = await tx.QueryAsync(
            $"DELETE FROM session WHERE subject = {subject} AND (id = {id} OR parent = {id}) RETURNING id", row => row.Text(0));
        foreach (var sid in ended) await TrustStore.RevokeSessionAsync(tx, sid, now);
        return ended;
    }

    /// <summary>Ends all sessions of a subject, but one browser's where that is named.</summary>
    public static async Task<List<string>> EndAllAsync(Transaction tx, string subject, DateTimeOffset now, string? butBrowser = null)
    {
        var ended = await tx.QueryAsync(
            $"DELETE FROM session WHERE subject = {subject} AND id <> {butBrowser ?? ""} RETURNING id", row => row.Text(0));
        foreach (var sid in ended) await TrustStore.RevokeSessionAsync(tx, sid, now);
        return ended;
    }

    public Task<int> ForgetAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(tx => tx.ExecuteAsync($"DELETE FROM session WHERE expires_at <= {now}", cancellation), cancellation);
    }

    static LoginSession Read(Row row) => new(
        row.Text(0), row.Text(1), row.Text(2), row.TextOrNull(3), row.TextOrNull(4), row.Text(5),
        row.Text(6).Split(' ', StringSplitOptions.RemoveEmptyEntries), row.Time(7), row.Time(8), row.Time(9));
}
