using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

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
            $"SELECT subject, requested_at, orders, ended_at, ending, reason FROM erasure WHERE id = {id}",
            row => new Erasure(id, row.TextOrNull(0), row.Time(1), Read(row.TextOrNull(2) ?? "[]", SettingsJson.Default.IReadOnlyListString), [],
                TimeOrNull(row, 3), row.TextOrNull(4), row.TextOrNull(5)));
        return erasure is null ? null : erasure with
        {
            Answers = await session.QueryAsync(
                $"SELECT service, erased, kept, swept_at FROM erasure_answer WHERE erasure_id = {id} ORDER BY seq",
                row => new ServiceErasure(row.Text(0), new ErasureAnswer(
                    Read(row.Text(1), SettingsJson.Default.IReadOnlyListErasedPart), Read(row.Text(2), SettingsJson.Default.IReadOnlyListKeptPart)),
                    TimeOrNull(row, 3))),
        };
    }

    /// <summary>Notes which orders are the person's.</summary>
    public static async Task<Erasure> OrdersAsync(Transaction tx, Erasure erasure, IReadOnlyList<string> orders)
    {
        await tx.ExecuteAsync($"""
            UPDATE erasure SET orders = {JsonSerializer.Serialize(orders, SettingsJson.Default.IReadOnlyListString)} WHERE id = {erasure.Id}
            """);
        return erasure with { Orders = orders };
    }

    /// <summary>Keeps what a service has said, with what it said before.</summary>
    public static Task<Erasure> AnsweredAsync(Transaction tx, Erasure erasure, string service, ErasureAnswer answer) =>
        PutAsync(tx, erasure, new ServiceErasure(service, (erasure.Of(service)?.Answer ?? ErasureAnswer.Nothing).Then(answer)));

    /// <summary>The same, of a service that was asked once more.</summary>
    public static Task<Erasure> SweptAsync(Transaction tx, Erasure erasure, string service, ErasureAnswer answer, DateTimeOffset now) =>
        PutAsync(tx, erasure, new ServiceErasure(service, (erasure.Of(service)?.Answer ?? ErasureAnswer.Nothing).Then(answer), answer.IsDone ? now : null));

    static async Task<Erasure> PutAsync(Transaction tx, Erasure erasure, ServiceErasure put)
    {
        await tx.ExecuteAsync($"""
            INSERT INTO erasure_answer (erasure_id, service, seq, erased, kept, swept_at)
            VALUES ({erasure.Id}, {put.Service}, {erasure.Answers.Count + 1L},
                {JsonSerializer.Serialize(put.Answer.Erased, SettingsJson.Default.IReadOnlyListErasedPart)},
                {JsonSerializer.Serialize(put.Answer.Kept, SettingsJson.Default.IReadOnlyListKeptPart)}, {put.SweptAt?.ToUnixTimeMilliseconds()})
            ON CONFLICT (erasure_id, service) DO UPDATE SET erased = excluded.erased, kept = excluded.kept, swept_at = excluded.swept_at
            """);
        return erasure with
        {
            Answers = erasure.Of(put.Service) is { } present
                ? [.. erasure.Answers.Select(one => one == present ? put : one)] : [.. erasure.Answers, put],
        };
    }

    public static Task<Erasure> RefuseAsync(Transaction tx, Erasure erasure, string reason, DateTimeOffset now) =>
        EndAsync(tx, erasure with { Ending = Erasure.Refused, Reason = reason }, now);

    public static Task<Erasure> EraseAsync(Transaction tx, Erasure erasure, DateTimeOffset now) =>
        EndAsync(tx, erasure with { Ending = Erasure.Erased }, now);

    /// <summary>Whose it was is not known from here on.</summary>
    static async Task<Erasure> EndAsync(Transaction tx, Erasure erasure, DateTimeOffset now)
    {
        await tx.ExecuteAsync($"""
            UPDATE erasure SET subject = NULL, orders = NULL, ended_at = {now}, ending = {erasure.Ending}, reason = {erasure.Reason} WHERE id = {erasure.Id}
            """);
        return erasure with { Subject = null, Orders = [], EndedAt = now };
    }

    static T Read<T>(string json, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(json, type)!;

    static DateTimeOffset? TimeOrNull(Row row, int column) =>
        row.LongOrNull(column) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
