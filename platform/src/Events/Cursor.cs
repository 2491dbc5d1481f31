using Souk.Platform.Data;

namespace Souk.Platform.Events;

/// <summary>A consumer's hold on its place in a feed, good until <paramref name="Until"/>.</summary>
/// <param name="Position">The last event applied.</param>
/// <param name="Fence">Grows with every change of holder: a write under an old one moves nothing.</param>
/// <param name="Until">When another replica may take over.</param>
sealed record CursorLease(long Position, long Fence, DateTimeOffset Until);

/// <summary>The cursor rows and the events that wait beside them: all SQL of the consuming side.</summary>
static class Cursor
{
    /// <summary>
    /// Takes the lease; null while another replica holds it. A replica that was killed takes its own back at once:
    /// the fence grows, so whatever the dead process may still have under way does nothing.
    /// </summary>
    public static async Task<CursorLease?> TakeAsync(
        Transaction tx, string producer, string holder, DateTimeOffset now, TimeSpan length)
    {
        var until = now + length;
        await tx.ExecuteAsync($"""
            INSERT INTO feed_cursor (producer, position, fence, holder, leased_until)
            VALUES ({producer}, 0, 0, '', 0) ON CONFLICT (producer) DO NOTHING
            """);
        return await tx.FirstAsync($"""
            UPDATE feed_cursor SET leased_until = {until}, fence = fence + 1, holder = {holder}
            WHERE producer = {producer} AND (holder = {holder} OR leased_until < {now})
            RETURNING position, fence
            """, row => new CursorLease(row.Long(0), row.Long(1), until));
    }

    /// <summary>Holds the lease for longer; null if another has taken over.</summary>
    public static async Task<CursorLease?> RenewAsync(
        Transaction tx, string producer, CursorLease lease, DateTimeOffset now, TimeSpan length)
    {
        var until = now + length;
        var held = await tx.ExecuteAsync(
            $"UPDATE feed_cursor SET leased_until = {until} WHERE producer = {producer} AND fence = {lease.Fence}");
        return held == 0 ? null : lease with { Until = until };
    }

    /// <summary>Moves the cursor in the transaction of the effect.</summary>
    /// <exception cref="LeaseLostException">Another replica has taken over: nothing of this transaction may stay.</exception>
    public static async Task MoveAsync(Transaction tx, string producer, long fence, long position)
    {
        var moved = await tx.ExecuteAsync($"""
            UPDATE feed_cursor SET position = {position}
            WHERE producer = {producer} AND fence = {fence} AND position < {position}
            """);
        if (moved == 0) throw new LeaseLostException(producer);
    }

    /// <summary>Puts an event aside, behind those of its aggregate that wait already.</summary>
    public static Task PutAsideAsync(
        Transaction tx, string producer, EventEnvelope e, string json, int attempts, DateTimeOffset next, string? error) =>
        tx.ExecuteAsync($"""
            INSERT INTO waiting_event (producer, position, subject, event, attempts, next_attempt_at, error)
            VALUES ({producer}, {e.Position}, {e.Subject}, {json}, {attempts}, {next}, {error})
            """);

    public static async Task<HashSet<string>> WaitingSubjectsAsync(Session session, string producer) =>
        [.. await session.QueryAsync(
            $"SELECT DISTINCT subject FROM waiting_event WHERE producer = {producer}", row => row.Text(0))];

    /// <summary>The first waiting event of an aggregate whose time has come and that is not parked; null if none.</summary>
    public static Task<WaitingEvent?> DueAsync(Session session, string producer, DateTimeOffset now, int attemptsMax) =>
        session.FirstAsync($"""
            SELECT w.position, w.event, w.attempts FROM waiting_event w
            WHERE w.producer = {producer} AND w.attempts < {attemptsMax} AND w.next_attempt_at <= {now}
              AND NOT EXISTS (SELECT 1 FROM waiting_event b
                              WHERE b.producer = w.producer AND b.subject = w.subject AND b.position < w.position)
            ORDER BY w.position LIMIT 1
            """, row => new WaitingEvent(row.Long(0), row.Text(1), row.Int(2)));

    /// <summary>When the next waiting event is due; null when none is waiting for its time.</summary>
    public static Task<DateTimeOffset?> NextDueAsync(Session session, string producer, int attemptsMax) =>
        session.FirstAsync($"""
            SELECT MIN(w.next_attempt_at) FROM waiting_event w
            WHERE w.producer = {producer} AND w.attempts < {attemptsMax}
              AND NOT EXISTS (SELECT 1 FROM waiting_event b
                              WHERE b.producer = w.producer AND b.subject = w.subject AND b.position < w.position)
            """, row => row.LongOrNull(0) is { } due ? DateTimeOffset.FromUnixTimeMilliseconds(due) : (DateTimeOffset?)null);

    /// <summary>Takes a waiting event out, in the transaction of its effect; fails if the lease was lost.</summary>
    public static async Task RemoveAsync(Transaction tx, string producer, long fence, long position)
    {
        await HoldAsync(tx, producer, fence);
        await tx.ExecuteAsync($"DELETE FROM waiting_event WHERE producer = {producer} AND position = {position}");
    }

    public static async Task FailedAsync(
        Transaction tx, string producer, long fence, long position, int attempts, DateTimeOffset next, string error)
    {
        await HoldAsync(tx, producer, fence);
        await tx.ExecuteAsync($"""
            UPDATE waiting_event SET attempts = {attempts}, next_attempt_at = {next}, error = {error}
            WHERE producer = {producer} AND position = {position}
            """);
    }

    static async Task HoldAsync(Transaction tx, string producer, long fence)
    {
        // An update, not a read: it locks the row, so that no other replica takes over before the commit.
        var held = await tx.ExecuteAsync(
            $"UPDATE feed_cursor SET fence = fence WHERE producer = {producer} AND fence = {fence}");
        if (held == 0) throw new LeaseLostException(producer);
    }
}

/// <summary>An event put aside.</summary>
sealed record WaitingEvent(long Position, string Json, int Attempts);

/// <summary>Another replica reads the feed now.</summary>
sealed class LeaseLostException(string producer) : Exception($"Another replica reads the feed of '{producer}' now.");
