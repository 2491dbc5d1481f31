namespace Souk.Notifications;

/// <summary>Notifications' table of mails. All SQL of the service is here.</summary>
sealed class MailStore(Database database)
{
    /// <summary>Queues the mail of an event, in the transaction that moves the cursor; one that is there stays as it is.</summary>
    public static Task QueueAsync(Transaction tx, Mail mail) => tx.ExecuteAsync($"""
        INSERT INTO mail (event_id, order_id, kind, recipient, recipient_name, subject, text, html, written_at,
            state, attempts, next_attempt_at)
        VALUES ({mail.EventId}, {mail.OrderId}, {mail.Kind}, {mail.Recipient}, {mail.RecipientName}, {mail.Letter.Subject},
            {mail.Letter.Text}, {mail.Letter.Html}, {mail.WrittenAt}, 'queued', 0, 0)
        ON CONFLICT (event_id) DO NOTHING
        """);

    /// <summary>Whether there is anything to send.</summary>
    public async Task<bool> HasDueAsync(DateTimeOffset now, CancellationToken cancellation) =>
        await database.ReadAsync(session => session.LongAsync(
            $"SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = 'queued' AND next_attempt_at <= {now} LIMIT 1) AS due",
            cancellation), cancellation) == 1;

    /// <summary>Takes up the mail that waits the longest, for the length of a lease; null when none is due.</summary>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Gives up before it begins.</param>
    /// <param name="gone">The mail before, which is noted as sent in the same commit.</param>
    public Task<Mail?> TakeAsync(DateTimeOffset now, CancellationToken cancellation, Mail? gone = null) => database.WriteAsync(async tx =>
    {
        if (gone is not null) await SentAsync(tx, gone, now);
        // Replicas take different ones instead of waiting for each other. SQLite has one writer anyway.
        var rowLock = tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE SKIP LOCKED") : Sql.Empty;
        return await tx.FirstAsync(
            $"""
            UPDATE mail SET attempts = attempts + 1, next_attempt_at = {now + Mail.Lease}
            WHERE event_id = (
                SELECT event_id FROM mail WHERE state = 'queued' AND next_attempt_at <= {now}
                ORDER BY next_attempt_at, written_at, event_id LIMIT 1 {rowLock})
            RETURNING event_id, order_id, kind, recipient, recipient_name, subject, text, html, written_at, attempts
            """,
            row => new Mail(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4),
                new WrittenLetter(row.Text(5), row.Text(6), row.Text(7)), row.Time(8), row.Int(9)));
    }, cancellation);

    /// <summary>Notes that a mail is gone.</summary>
    public Task SentAsync(Mail mail, DateTimeOffset now) => database.WriteAsync(tx => SentAsync(tx, mail, now));

    static Task<int> SentAsync(Transaction tx, Mail mail, DateTimeOffset now) => tx.ExecuteAsync(
        $"UPDATE mail SET state = 'sent', sent_at = {now}, error = NULL WHERE event_id = {mail.EventId} AND state <> 'sent'");

    /// <summary>Notes a failure, unless the lease ran out and another has taken the mail up since.</summary>
    /// <param name="mail">Which.</param>
    /// <param name="error">Why.</param>
    /// <param name="again">When to try again; null: never.</param>
    public Task FailedAsync(Mail mail, string error, DateTimeOffset? again) => database.WriteAsync(tx => tx.ExecuteAsync($"""
        UPDATE mail SET state = {(again is null ? "failed" : "queued")}, error = {error},
            next_attempt_at = {again?.ToUnixTimeMilliseconds() ?? 0}
        WHERE event_id = {mail.EventId} AND state = 'queued' AND attempts = {mail.Attempts}
        """));

    /// <summary>The mails of an order, in the order of their events.</summary>
    public Task<List<MailView>> OfOrderAsync(string orderId, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT event_id, order_id, kind, recipient, subject, state, attempts, next_attempt_at, sent_at, error
            FROM mail WHERE order_id = {orderId} ORDER BY written_at, event_id
            """,
            row => new MailView(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Int(6),
                row.Text(5) == "queued" ? row.Time(7) : null,
                row.LongOrNull(8) is { } sentAt ? DateTimeOffset.FromUnixTimeMilliseconds(sentAt) : null, row.TextOrNull(9)),
            cancellation), cancellation);

    /// <summary>The same with what they say; those that are forgotten say nothing any more.</summary>
    public Task<List<PersonMail>> TextsOfOrderAsync(string orderId, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT order_id, kind, recipient, recipient_name, subject, text, written_at, state
            FROM mail WHERE order_id = {orderId} AND recipient <> {Forgotten} ORDER BY written_at, event_id
            """,
            row => new PersonMail(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Time(6), row.Text(7)),
            cancellation), cancellation);

    /// <summary>
    /// Takes the person out of an order's mails that are sent, or never will be. The row stays: an event that is read again
    /// writes no second mail.
    /// </summary>
    /// <returns>How many it has forgotten, and how many still wait to be sent.</returns>
    public Task<(int Erased, int Waiting)> ForgetAsync(string orderId, CancellationToken cancellation) => database.WriteAsync(async tx =>
    {
        var erased = await tx.ExecuteAsync($"""
            UPDATE mail SET recipient = {Forgotten}, recipient_name = {Forgotten}, subject = '', text = '', html = '', error = NULL
            WHERE order_id = {orderId} AND state <> 'queued' AND recipient <> {Forgotten}
            """);
        return (erased, (int)await tx.LongAsync($"SELECT COUNT(*) FROM mail WHERE order_id = {orderId} AND state = 'queued'"));
    }, cancellation);

    /// <summary>What stands where a person was.</summary>
    const string Forgotten = "(forgotten)";
}
