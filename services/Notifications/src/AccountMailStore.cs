namespace Souk.Notifications;

/// <summary>A mail about an account, as it waits here: neither where it goes nor what it links to.</summary>
/// <param name="MailId">Login's id of it.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="WantedAt">The mail's date, however late it goes.</param>
/// <param name="Attempts">How often it was tried, this time included.</param>
sealed record AccountMail(string MailId, string Kind, DateTimeOffset WantedAt, int Attempts);

/// <summary>The table of mails about accounts.</summary>
sealed class AccountMailStore(Database database)
{
    /// <summary>Queues a mail, in the transaction that moves the cursor; one that is there stays as it is.</summary>
    public static Task QueueAsync(Transaction tx, Event<AccountMailWanted> e) => tx.ExecuteAsync($"""
        INSERT INTO account_mail (mail_id, kind, wanted_at, state, attempts, next_attempt_at)
        VALUES ({e.Data.MailId}, {e.Data.Kind}, {e.Time}, 'queued', 0, 0)
        ON CONFLICT (mail_id) DO NOTHING
        """);

    /// <summary>Whether there is anything to send.</summary>
    public async Task<bool> HasDueAsync(DateTimeOffset now, CancellationToken cancellation) =>
        await database.ReadAsync(session => session.LongAsync(
            $"SELECT COUNT(*) FROM (SELECT 1 FROM account_mail WHERE state = 'queued' AND next_attempt_at <= {now} LIMIT 1) AS due",
            cancellation), cancellation) == 1;

    /// <summary>Takes up the mail that waits the longest, for the length of a lease; null when none is due.</summary>
    public Task<AccountMail?> TakeAsync(DateTimeOffset now, CancellationToken cancellation) => database.WriteAsync(async tx =>
    {
        // Replicas take different ones instead of waiting for each other. SQLite has one writer anyway.
        var rowLock = tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE SKIP LOCKED") : Sql.Empty;
        return await tx.FirstAsync(
            $"""
            UPDATE account_mail SET attempts = attempts + 1, next_attempt_at = {now + Mail.Lease}
            WHERE mail_id = (
                SELECT mail_id FROM account_mail WHERE state = 'queued' AND next_attempt_at <= {now}
                ORDER BY next_attempt_at, wanted_at, mail_id LIMIT 1 {rowLock})
            RETURNING mail_id, kind, wanted_at, attempts
            """,
            row => new AccountMail(row.Text(0), row.Text(1), row.Time(2), row.Int(3)));
    }, cancellation);

    /// <summary>Notes how it ended: <c>sent</c>, <c>void</c> (there was nothing to send any more) or <c>failed</c>.</summary>
    public Task EndAsync(AccountMail mail, string state, DateTimeOffset now, string? error = null) => database.WriteAsync(tx => tx.ExecuteAsync($"""
        UPDATE account_mail SET state = {state}, sent_at = {(state == "sent" ? now.ToUnixTimeMilliseconds() : null)}, error = {error}
        WHERE mail_id = {mail.MailId} AND state = 'queued'
        """));

    /// <summary>Puts it back to be tried later; a try that was nobody's fault is not counted.</summary>
    public Task PutBackAsync(AccountMail mail, DateTimeOffset again, string error, bool isCounted) => database.WriteAsync(tx => tx.ExecuteAsync($"""
        UPDATE account_mail SET next_attempt_at = {again}, error = {error}, attempts = {mail.Attempts - (isCounted ? 0 : 1)}
        WHERE mail_id = {mail.MailId} AND state = 'queued' AND attempts = {mail.Attempts}
        """));
}
