using Microsoft.AspNetCore.Http;
using Souk.Platform.Data;

namespace Souk.Platform.Idempotency;

/// <summary>The one time that a request under an Idempotency-Key has its effect.</summary>
public sealed class Once
{
    readonly string _caller;
    readonly string _key;
    readonly string _request;
    readonly DateTimeOffset _now;

    internal Once(string caller, string key, string request, DateTimeOffset now, string? location)
    {
        _caller = caller;
        _key = key;
        _request = request;
        _now = now;
        Location = location;
    }

    /// <summary>
    /// Where the effect is, when it has happened already and its service ended before it could answer: answer from
    /// there, and do nothing again. Null: it has not happened.
    /// </summary>
    public string? Location { get; private set; }

    internal bool IsTaken { get; private set; }

    /// <summary>
    /// Empties the answers that led to an address, for a person who is forgotten; the keys stay taken, so nothing is done
    /// twice.
    /// </summary>
    /// <param name="tx">The transaction that forgets the person.</param>
    /// <param name="location">The address, as it was taken.</param>
    public static Task EraseAsync(Transaction tx, string location) =>
        tx.ExecuteAsync($"UPDATE answered_request SET body = '' WHERE location = {location} AND body IS NOT NULL");

    /// <summary>Takes the key in the transaction of the effect. The unique index is what makes it once.</summary>
    /// <param name="tx">The transaction of the effect.</param>
    /// <param name="location">The address of what it makes, for whoever asks meanwhile.</param>
    /// <exception cref="KeyTakenException">Another request has it: this one is undone and answered from the other.</exception>
    public async Task TakeAsync(Transaction tx, string location)
    {
        if (!await OnceLog.TakeAsync(tx, _caller, _key, _request, location, _now)) throw new KeyTakenException();
        Location = location;
        IsTaken = true;
    }

    /// <summary>The request's once, on an endpoint that is <see cref="IdempotencyExtensions.Idempotent{TBuilder}"/>.</summary>
    /// <param name="context">The request.</param>
    public static Once Of(HttpContext context) => context.Features.Get<Once>()
        ?? throw new InvalidOperationException("The endpoint is not marked with .Idempotent().");
}

/// <summary>Another request under the same key came first.</summary>
public sealed class KeyTakenException() : Exception("Another request under the same Idempotency-Key came first.");

/// <summary>A first answer, kept as it was given.</summary>
sealed record Answer(string Request, string? Location, DateTimeOffset BegunAt, int Status, string? ContentType, byte[] Body)
{
    public bool IsGiven => Status != 0;
}

/// <summary>The table <c>answered_request</c>.</summary>
static class OnceLog
{
    public static Task<Answer?> FindAsync(Database database, string caller, string key, CancellationToken cancellation) =>
        database.ReadAsync(session => session.FirstAsync(
            $"""
            SELECT request, location, begun_at, status, content_type, body FROM answered_request
            WHERE caller = {caller} AND idempotency_key = {key}
            """,
            row => new Answer(row.Text(0), row.TextOrNull(1), row.Time(2), (int)(row.LongOrNull(3) ?? 0), row.TextOrNull(4),
                row.TextOrNull(5) is { } body ? Convert.FromBase64String(body) : []), cancellation), cancellation);

    public static async Task<bool> TakeAsync(
        Transaction tx, string caller, string key, string request, string location, DateTimeOffset now) =>
        await tx.ExecuteAsync($"""
            INSERT INTO answered_request (caller, idempotency_key, request, location, begun_at)
            VALUES ({caller}, {key}, {request}, {location}, {now}) ON CONFLICT (caller, idempotency_key) DO NOTHING
            """) == 1;

    /// <summary>
    /// Keeps an answer; false when there is one already, or when another request has taken the key: a refusal that was made
    /// up before somebody else's success must not become the answer to it.
    /// </summary>
    /// <param name="database">Of the service.</param>
    /// <param name="caller">With the key, whose answer it is.</param>
    /// <param name="key">The Idempotency-Key.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="effect">Where the effect is that is answered for; null: there was none.</param>
    public static async Task<bool> KeepAsync(Database database, string caller, string key, Answer answer, string? effect)
    {
        var body = Convert.ToBase64String(answer.Body);
        return await database.WriteAsync(tx => tx.ExecuteAsync($"""
            INSERT INTO answered_request (caller, idempotency_key, request, location, begun_at, status, content_type, body)
            VALUES ({caller}, {key}, {answer.Request}, {answer.Location}, {answer.BegunAt}, {(long)answer.Status}, {answer.ContentType}, {body})
            ON CONFLICT (caller, idempotency_key) DO UPDATE SET status = excluded.status, location = excluded.location,
                content_type = excluded.content_type, body = excluded.body
            WHERE answered_request.status IS NULL AND answered_request.request = excluded.request
                AND answered_request.location = {effect}
            """)) == 1;
    }

    public static Task<int> ForgetAsync(Database database, DateTimeOffset before, int max) => database.WriteAsync(tx => tx.ExecuteAsync($"""
        DELETE FROM answered_request WHERE begun_at < {before} AND (caller, idempotency_key) IN (
            SELECT caller, idempotency_key FROM answered_request WHERE begun_at < {before} ORDER BY begun_at LIMIT {max})
        """));
}
