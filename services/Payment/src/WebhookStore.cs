namespace Souk.Payment;

/// <summary>The table of messages. The unique index on (provider, event id) is what makes each of them one.</summary>
sealed class WebhookStore(Database database, IProvider provider, TimeProvider clock)
{
    static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(3);
    const int DoublingsMax = 8;

    /// <summary>Keeps a message with what becomes of it; one that was told before is done.</summary>
    public Task<(Verdict Verdict, string? OrderId)> TakeAsync(Notice notice, Func<Payment?, Verdict> judge) => database.WriteAsync(async tx =>
    {
        var now = clock.GetUtcNow();
        var orderId = await OrderOfAsync(tx, notice);
        var verdict = judge(orderId is null ? null : await PaymentStore.ReadAsync(tx, orderId));
        DateTimeOffset? next = verdict == Verdict.Due || verdict.IsLater ? now + FirstWait : null;
        var isNew = await tx.ExecuteAsync($"""
            INSERT INTO webhook (provider, event_id, type, reference, provider_id, order_id, state, flag, amount, currency,
                provider_state, captured, refunded, received_at, attempts, next_attempt_at)
            VALUES ({provider.Name}, {notice.EventId}, {notice.Type}, {notice.Reference}, {notice.ProviderId}, {orderId},
                {verdict.State}, {verdict.Flag}, {notice.Amount.Amount}, {notice.Amount.Currency}, {notice.State.ToString()},
                {notice.Captured}, {notice.Refunded}, {now}, 0, {next?.ToUnixTimeMilliseconds()})
            ON CONFLICT (provider, event_id) DO NOTHING
            """) == 1;
        return (isNew ? verdict : Verdict.Done, orderId);
    });

    /// <summary>Those whose time has come.</summary>
    /// <remarks>
    /// The provider's name is compared as something new: by the index that begins with it SQLite would read every message
    /// that ever came, and this is asked all the time.
    /// </remarks>
    public Task<List<Webhook>> DueAsync(int max, CancellationToken cancellation) => database.ReadAsync(session => session.QueryAsync(
        $"""
        SELECT event_id, type, reference, provider_id, provider_state, amount, currency, captured, refunded, order_id, received_at, attempts
        FROM webhook WHERE next_attempt_at <= {clock.GetUtcNow()} AND provider || '' = {provider.Name} ORDER BY next_attempt_at LIMIT {max}
        """,
        row => new Webhook(
            new Notice(row.Text(0), row.Text(1), row.TextOrNull(2), row.TextOrNull(3), Enum.Parse<ProviderState>(row.Text(4)),
                new Money(row.Long(5), row.Text(6)), row.Long(7), row.Long(8)),
            row.TextOrNull(9), row.Time(10), row.Int(11)), cancellation), cancellation);

    public Task SaveAsync(Webhook webhook, string? orderId, Verdict verdict) => database.WriteAsync(tx =>
    {
        DateTimeOffset? next = verdict.IsLater ? clock.GetUtcNow() + FirstWait * (1 << Math.Min(webhook.Attempts, DoublingsMax)) : null;
        return tx.ExecuteAsync($"""
            UPDATE webhook SET order_id = {orderId}, state = {verdict.State}, flag = {verdict.Flag},
                attempts = attempts + 1, next_attempt_at = {next?.ToUnixTimeMilliseconds()}
            WHERE provider = {provider.Name} AND event_id = {webhook.Notice.EventId}
            """);
    });

    public Task<string?> OrderOfAsync(Notice notice) => database.ReadAsync(session => OrderOfAsync(session, notice));

    /// <summary>Those that a person should look at, the newest first.</summary>
    public Task<List<FlaggedView>> FlaggedAsync(int max, CancellationToken cancellation) => database.ReadAsync(session => session.QueryAsync(
        $"SELECT event_id, type, reference, flag, amount, currency, received_at FROM webhook WHERE flag IS NOT NULL ORDER BY received_at DESC, event_id LIMIT {max}",
        row => new FlaggedView(row.Text(0), row.Text(1), row.TextOrNull(2), row.Text(3), new Money(row.Long(4), row.Text(5)), row.Time(6)),
        cancellation), cancellation);

    static Task<string?> OrderOfAsync(Session session, Notice notice) => session.FirstAsync(
        $"SELECT order_id FROM authorization_attempt WHERE key = {notice.Reference}", row => row.Text(0));
}
