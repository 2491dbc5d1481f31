using Souk.Platform.Data;

namespace Souk.Platform.Sagas;

/// <summary>The tables <c>saga</c> and <c>saga_move</c>: all SQL of the sagas.</summary>
static class SagaLog
{
    /// <summary>Adds a saga, leased to whoever adds it when <paramref name="holder"/> is given.</summary>
    public static async Task AddAsync(
        Transaction tx, string name, string id, string state, DateTimeOffset now, string? holder, DateTimeOffset leasedUntil)
    {
        await tx.ExecuteAsync($"""
            INSERT INTO saga (name, id, state, seq, attempt, entered_at, next_attempt_at, holder, leased_until, fence)
            VALUES ({name}, {id}, {state}, 1, 0, {now}, {now}, {holder ?? ""}, {(holder is null ? now : leasedUntil)}, 1)
            """);
        await MoveAsync(tx, name, id, 1, state, now, note: null);
    }

    public static Task<SagaState?> FindAsync(Session session, string name, string id, CancellationToken cancellation = default) =>
        session.FirstAsync(
            $"SELECT id, state, seq, attempt, entered_at, fence FROM saga WHERE name = {name} AND id = {id}", Read, cancellation);

    public static Task<List<SagaMove>> MovesAsync(Session session, string name, string id, CancellationToken cancellation) =>
        session.QueryAsync(
            $"SELECT seq, state, moved_at, note FROM saga_move WHERE name = {name} AND id = {id} ORDER BY seq",
            row => new SagaMove(row.Long(0), row.Text(1), row.Time(2), row.TextOrNull(3)), cancellation);

    /// <summary>Leases up to so many sagas whose time has come and that nobody holds.</summary>
    public static async Task<List<SagaState>> LeaseDueAsync(
        Transaction tx, string name, string holder, DateTimeOffset now, DateTimeOffset until, int max)
    {
        var skip = tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE SKIP LOCKED") : Sql.Empty;
        return await tx.QueryAsync($"""
            UPDATE saga SET holder = {holder}, leased_until = {until}, fence = fence + 1, woken = 0
            WHERE name = {name} AND id IN (
                SELECT id FROM saga WHERE name = {name} AND next_attempt_at <= {now} AND leased_until <= {now}
                ORDER BY next_attempt_at LIMIT {max} {skip})
            RETURNING id, state, seq, attempt, entered_at, fence
            """, Read);
    }

    /// <summary>Whether there is anything to lease: asked first, because a read costs no commit.</summary>
    public static Task<long> DueAsync(Session session, string name, DateTimeOffset now) => session.LongAsync($"""
        SELECT COUNT(*) FROM (SELECT 1 FROM saga WHERE name = {name} AND next_attempt_at <= {now} AND leased_until <= {now} LIMIT 1) AS one
        """);

    /// <summary>Records where a saga stands; false when another has moved it or holds it now.</summary>
    /// <param name="tx">The transaction of the effects.</param>
    /// <param name="name">The saga's name.</param>
    /// <param name="before">As it was read: its number and fence must still be those.</param>
    /// <param name="after">As it is now.</param>
    /// <param name="next">When its step is due; null: never by itself.</param>
    /// <param name="leasedUntil">How long the lease goes on.</param>
    public static async Task<bool> PutAsync(
        Transaction tx, string name, SagaState before, SagaState after, DateTimeOffset? next, DateTimeOffset leasedUntil) =>
        await tx.ExecuteAsync($"""
            UPDATE saga SET state = {after.State}, seq = {after.Seq}, attempt = {(long)after.Attempt}, entered_at = {after.EnteredAt},
                next_attempt_at = CASE WHEN woken = 1 AND {next is not null} = 1 THEN entered_at ELSE {next?.ToUnixTimeMilliseconds()} END,
                woken = 0, leased_until = {leasedUntil}
            WHERE name = {name} AND id = {before.Id} AND seq = {before.Seq} AND fence = {before.Fence}
            """) == 1;

    /// <summary>Moves a saga from outside its run, whoever holds it; false when it has moved meanwhile.</summary>
    public static async Task<bool> ForceAsync(Transaction tx, string name, SagaState before, string state, DateTimeOffset now, string? note)
    {
        var moved = await tx.ExecuteAsync($"""
            UPDATE saga SET state = {state}, seq = seq + 1, attempt = 0, entered_at = {now}, next_attempt_at = {now}
            WHERE name = {name} AND id = {before.Id} AND seq = {before.Seq}
            """);
        if (moved == 1) await MoveAsync(tx, name, before.Id, before.Seq + 1, state, now, note);
        return moved == 1;
    }

    public static Task MoveAsync(Transaction tx, string name, string id, long seq, string state, DateTimeOffset at, string? note) =>
        MovesAsync(tx, name, id, [new SagaMove(seq, state, at, note)]);

    /// <summary>Writes moves, all in one statement.</summary>
    public static async Task MovesAsync(Transaction tx, string name, string id, IReadOnlyList<SagaMove> moves)
    {
        if (moves.Count == 0) return;
        var rows = moves.Select(move => (Sql)$"({name}, {id}, {move.Seq}, {move.State}, {move.At}, {move.Note})");
        await tx.ExecuteAsync($"INSERT INTO saga_move (name, id, seq, state, moved_at, note) VALUES {Sql.Join(", ", rows)}");
    }

    /// <summary>Leases one saga that nobody holds; null when somebody does.</summary>
    public static Task<SagaState?> TakeAsync(
        Transaction tx, string name, string id, string holder, DateTimeOffset now, DateTimeOffset until) => tx.FirstAsync(
        $"""
        UPDATE saga SET holder = {holder}, leased_until = {until}, fence = fence + 1, woken = 0
        WHERE name = {name} AND id = {id} AND leased_until <= {now} RETURNING id, state, seq, attempt, entered_at, fence
        """, Read);

    /// <summary>The sagas in a state, with the note of the move that brought them there.</summary>
    public static Task<List<SagaFound>> InStateAsync(
        Session session, string name, string state, int max, CancellationToken cancellation) => session.QueryAsync(
        $"""
        SELECT saga.id, saga.state, saga.entered_at, saga_move.note
        FROM saga JOIN saga_move ON saga_move.name = saga.name AND saga_move.id = saga.id AND saga_move.seq = saga.seq
        WHERE saga.name = {name} AND saga.state = {state} ORDER BY saga.entered_at LIMIT {max}
        """,
        row => new SagaFound(row.Text(0), row.Text(1), row.Time(2), row.TextOrNull(3)), cancellation);

    /// <summary>Gives back what this instance held when it ended, so that nobody waits for the leases to run out.</summary>
    public static Task ReleaseAsync(Transaction tx, string name, string holder) => tx.ExecuteAsync(
        $"UPDATE saga SET leased_until = 0 WHERE name = {name} AND holder = {holder} AND leased_until > 0");

    /// <summary>The states in which there are sagas.</summary>
    public static Task<List<(string State, string Id)>> StatesAsync(Session session, string name, CancellationToken cancellation) =>
        session.QueryAsync($"SELECT state, MIN(id) FROM saga WHERE name = {name} GROUP BY state",
            row => (row.Text(0), row.Text(1)), cancellation);

    static SagaState Read(Row row) =>
        new(row.Text(0), row.Text(1), row.Long(2), row.Int(3), row.Time(4), row.Long(5));
}

/// <summary>What a feed does with sagas.</summary>
public static class SagaExtensions
{
    /// <summary>
    /// Makes a waiting saga due at once: what it waits for may have happened. One that nothing is run in stays at rest. A
    /// run that is under way is told by the mark, and does not go to sleep on it.
    /// </summary>
    /// <param name="tx">The transaction of what happened.</param>
    /// <param name="saga">The plan's name.</param>
    /// <param name="id">Of what the saga is about; there need be none.</param>
    public static Task WakeSagaAsync(this Transaction tx, string saga, string id) => tx.ExecuteAsync($"""
        UPDATE saga SET woken = 1, next_attempt_at = entered_at
        WHERE name = {saga} AND id = {id} AND next_attempt_at IS NOT NULL
        """);
}
