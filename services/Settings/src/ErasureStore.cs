using System.Text.Json;

namespace Souk.Settings;

/// <summary>The tables of erasures. An answer and its saga's move are one transaction.</summary>
static class ErasureStore
{
    /// <summary>Adds an erasure; false when the person has one that was not refused.</summary>
    public static async Task<bool> AddAsync(Transaction tx, Erasure erasure) => await tx.ExecuteAsync($"""
        INSERT INTO erasure (id, subject, subject_hash, requested_at)
        VALUES ({erasure.Id}, {erasure.Subject}, {Erasure.HashOf(erasure.Subject!)}, {erasure.RequestedAt}) ON CONFLICT DO NOTHING
        """) == 1;

    /// <summary>The erasure of a person, under way or done; null when they are not being forgotten.</summary>
    public static Task<string?> OfAsync(Session session, string subject) => session.FirstAsync(
        $"SELECT id FROM erasure WHERE subject_hash = {Erasure.HashOf(subject)} AND (ending IS NULL OR ending = 'erased')", row => row.Text(0));

    public static async Task<Erasure?> FindAsync(Session session, string id)
    {
        var erasure = await session.FirstAsync(
            $"SELECT subject, requested_at, ended_at, ending, reason FROM erasure WHERE id = {id}",
            row => new Erasure(id, row.TextOrNull(0), row.Time(1), [], TimeOrNull(row, 2), row.TextOrNull(3), row.TextOrNull(4)));
        return erasure is null ? null : erasure with
        {
            Answers = await session.QueryAsync(
                $"SELECT service, erased, kept, answered_at, swept_at FROM erasure_answer WHERE erasure_id = {id} ORDER BY answered_at, service",
                row => new ServiceErasure(row.Text(0), new ErasureAnswer(JsonOrNull(row, 1), JsonOrNull(row, 2)), row.Time(3), TimeOrNull(row, 4))),
        };
    }

    /// <summary>Keeps what a service has said.</summary>
    public static async Task<Erasure> AnsweredAsync(Transaction tx, Erasure erasure, string service, ErasureAnswer answer, DateTimeOffset now)
    {
        await tx.ExecuteAsync($"""
            INSERT INTO erasure_answer (erasure_id, service, erased, kept, answered_at)
            VALUES ({erasure.Id}, {service}, {answer.Erased?.GetRawText()}, {answer.Kept?.GetRawText()}, {now})
            """);
        return erasure with { Answers = [.. erasure.Answers, new ServiceErasure(service, answer, now, null)] };
    }

    /// <summary>Notes that a service was asked once more.</summary>
    public static async Task<Erasure> SweptAsync(Transaction tx, Erasure erasure, string service, DateTimeOffset now)
    {
        await tx.ExecuteAsync($"UPDATE erasure_answer SET swept_at = {now} WHERE erasure_id = {erasure.Id} AND service = {service}");
        return erasure with { Answers = [.. erasure.Answers.Select(one => one.Service == service ? one with { SweptAt = now } : one)] };
    }

    public static Task<Erasure> RefuseAsync(Transaction tx, Erasure erasure, string reason, DateTimeOffset now) =>
        EndAsync(tx, erasure with { Ending = Erasure.Refused, Reason = reason }, now);

    public static Task<Erasure> EraseAsync(Transaction tx, Erasure erasure, DateTimeOffset now) =>
        EndAsync(tx, erasure with { Ending = Erasure.Erased }, now);

    /// <summary>Whose it was is not known from here on.</summary>
    static async Task<Erasure> EndAsync(Transaction tx, Erasure erasure, DateTimeOffset now)
    {
        await tx.ExecuteAsync($"""
            UPDATE erasure SET subject = NULL, ended_at = {now}, ending = {erasure.Ending}, reason = {erasure.Reason} WHERE id = {erasure.Id}
            """);
        return erasure with { Subject = null, EndedAt = now };
    }

    static JsonElement? JsonOrNull(Row row, int column) => row.TextOrNull(column) is { } text ? JsonElement.Parse(text) : null;

    static DateTimeOffset? TimeOrNull(Row row, int column) =>
        row.LongOrNull(column) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
