using System.Data.Common;

namespace Souk.Payment;

/// <summary>
/// Payment's tables. A change of a payment, its operations, the lines of the ledger and its event are one transaction,
/// and no transaction waits for the provider.
/// </summary>
sealed class PaymentStore(Database database, TimeProvider clock, IProvider provider, Alarms alarms)
{
    /// <summary>A payment with its operations; null: none.</summary>
    public Task<Payment?> FindAsync(string orderId, CancellationToken cancellation = default) =>
        database.ReadAsync(session => ReadAsync(session, orderId, cancellation), cancellation);

    /// <summary>
    /// Decides on the payment as it is now and keeps what was decided. The row is held meanwhile: of two at once one
    /// decides after the other.
    /// </summary>
    /// <param name="orderId">Whose payment.</param>
    /// <param name="decide">The rule; it may run more than once.</param>
    /// <param name="attempt">The card, where one is tried; compared with the first asking of the same number.</param>
    public Task<Decision> ChangeAsync(string orderId, Func<Payment?, Decision> decide, (int Number, Attempt Card)? attempt = null) =>
        database.WriteAsync(async tx =>
        {
            while (true)
            {
                var before = await LockAsync(tx, orderId);
                var decision = decide(before);
                if (decision.Payment is not { } after) return decision;
                if (attempt is { } asked && before is not null && asked.Number <= before.Attempt)
                {
                    return await IsSameAsync(tx, orderId, asked.Number, asked.Card) ? decision : PaymentRefusals.AuthorizationChanged;
                }
                if (ReferenceEquals(before, after)) return decision;
                if (before is null && !await InsertAsync(tx, after)) continue; // another was quicker: decide on theirs
                return await SaveAsync(tx, before, after, attempt?.Card, isTold: false);
            }
        });

    /// <summary>Keeps what the provider said to one operation.</summary>
    /// <param name="orderId">Whose.</param>
    /// <param name="key">Which operation.</param>
    /// <param name="answer">What was said.</param>
    /// <param name="isTold">Whether the order hears of it by the feed; false: it waits for the answer itself.</param>
    public async Task<Payment> SettleAsync(string orderId, string key, Answer answer, Func<bool> isTold)
    {
        string? alarm = null;
        try
        {
            var payment = await database.WriteAsync(async tx =>
            {
                var before = await LockAsync(tx, orderId) ?? throw new InvalidOperationException($"There is no payment of {orderId}.");
                (var after, alarm) = before.Settle(key, answer, clock.GetUtcNow());
                return ReferenceEquals(before, after) ? before : await SaveAsync(tx, before, after, card: null, isTold());
            });
            if (alarm is not null) await alarms.RaiseAsync(key, "amount_differs", alarm);
            return payment;
        }
        catch (DbException refused) when (IsRuleOf(refused))
        {
            // The database's own rules hold whatever the code believes: the write is refused, and a person is called.
            await alarms.RaiseAsync(key, "rule_broken", refused.Message);
            throw;
        }
    }

    /// <summary>The card that was tried.</summary>
    public Task<Attempt> AttemptAsync(string key) => database.ReadAsync(async session =>
        await session.FirstAsync($"SELECT payment_method, return_url FROM authorization_attempt WHERE key = {key}", ReadAttempt)
            ?? throw new InvalidOperationException($"There is no attempt {key}."));

    /// <summary>Orders with a question that is due to be asked again, for so many questions at most, the oldest first.</summary>
    public Task<List<string>> DueAsync(DateTimeOffset now, int max, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            // The due ones first, then each order once: the other way round SQLite goes through all operations in their orders' order.
            $"""
            SELECT DISTINCT order_id FROM (
                SELECT order_id FROM operation WHERE next_ask_at <= {now} ORDER BY next_ask_at LIMIT {max}) AS due
            """, row => row.Text(0), cancellation), cancellation);

    /// <summary>The tried cards of an order, for its own people.</summary>
    public Task<List<AttemptView>> AttemptsAsync(string orderId, CancellationToken cancellation) => database.ReadAsync(session => session.QueryAsync(
        $"SELECT attempt, key, state, reason FROM authorization_attempt WHERE order_id = {orderId} ORDER BY attempt",
        row => new AttemptView(row.Int(0), row.Text(1), row.Text(2), row.TextOrNull(3)), cancellation), cancellation);

    /// <summary>The ledger's lines of an order.</summary>
    public Task<List<EntryView>> LedgerAsync(string orderId, CancellationToken cancellation) => database.ReadAsync(session => session.QueryAsync(
        $"SELECT transaction_key, account, amount, booked_at FROM ledger_entry WHERE order_id = {orderId} ORDER BY id",
        row => new EntryView(row.Text(0), row.Text(1), row.Long(2), row.Time(3)), cancellation), cancellation);

    /// <summary>The payment, held until the end of the transaction.</summary>
    static async Task<Payment?> LockAsync(Transaction tx, string orderId)
    {
        // A statement of its own: one that waits for a lock goes on with what it saw before. SQLite has one writer anyway.
        if (tx.Engine == Engine.Postgres) await tx.LongAsync($"SELECT version FROM payment WHERE order_id = {orderId} FOR UPDATE");
        return await ReadAsync(tx, orderId);
    }

    static bool IsRuleOf(DbException error) => error.SqlState is "23514" or "23505" or "P0001" || error.ErrorCode == 19
        || error is Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: 19 };

    /// <summary>A payment with its operations, in one statement.</summary>
    public static async Task<Payment?> ReadAsync(Session session, string orderId, CancellationToken cancellation = default)
    {
        var rows = await session.QueryAsync(
            $"""
            SELECT p.state, p.amount, p.currency, p.attempt, p.provider_id, p.captured, p.refunded, p.is_wanted, p.reason,
                p.next_action_url, p.version, p.feed_version, {OperationColumns}
            FROM payment p LEFT JOIN operation o ON o.order_id = p.order_id
            WHERE p.order_id = {orderId} ORDER BY o.asked_at, o.key
            """,
            row => (
                Payment: new Payment(orderId, row.Text(0), new Money(row.Long(1), row.Text(2)), row.Int(3), row.TextOrNull(4),
                    row.Long(5), row.Long(6), row.Bool(7), row.TextOrNull(8), row.TextOrNull(9), row.Long(10), row.Long(11), []),
                Operation: row.TextOrNull(12) is null ? null : ReadOperation(row, 12)),
            cancellation);
        return rows.Count == 0 ? null : rows[0].Payment with { Operations = [.. rows.Select(row => row.Operation).OfType<Operation>()] };
    }

    /// <summary>An operation's columns, with the table called <c>o</c>.</summary>
    public static Sql OperationColumns => Sql.Text(
        "o.key, o.order_id, o.kind, o.amount, o.currency, o.state, o.provider_id, o.reason, o.asked_at, o.settled_at, o.asks, o.next_ask_at");

    /// <summary>Reads them, from a column on.</summary>
    public static Operation ReadOperation(Row row, int at) => new(
        row.Text(at), row.Text(at + 1), row.Text(at + 2), new Money(row.Long(at + 3), row.Text(at + 4)), row.Text(at + 5),
        row.TextOrNull(at + 6), row.TextOrNull(at + 7), row.Time(at + 8), TimeOrNull(row, at + 9), row.Int(at + 10), TimeOrNull(row, at + 11));

    static DateTimeOffset? TimeOrNull(Row row, int column) =>
        row.LongOrNull(column) is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;

    static Attempt ReadAttempt(Row row) => new(row.Text(0), row.Text(1));

    static async Task<bool> IsSameAsync(Session session, string orderId, int number, Attempt card) =>
        await session.FirstAsync(
            $"SELECT payment_method, return_url FROM authorization_attempt WHERE order_id = {orderId} AND attempt = {number}",
            ReadAttempt) == card;

    async Task<bool> InsertAsync(Transaction tx, Payment payment) => await tx.ExecuteAsync($"""
        INSERT INTO payment (order_id, state, amount, currency, attempt, provider, provider_id, captured, refunded, is_wanted,
            version, feed_version, changed_at)
        VALUES ({payment.OrderId}, {payment.State}, {payment.Amount.Amount}, {payment.Amount.Currency}, {payment.Attempt},
            {provider.Name}, {payment.ProviderId}, {payment.Captured}, {payment.Refunded}, {payment.IsWanted}, 1, 0, {clock.GetUtcNow()})
        ON CONFLICT (order_id) DO NOTHING
        """) == 1;

    /// <summary>Writes the difference between two states of a payment; the first insert is done already.</summary>
    async Task<Payment> SaveAsync(Transaction tx, Payment? before, Payment after, Attempt? card, bool isTold)
    {
        var now = clock.GetUtcNow();
        var isNews = isTold && before is not null && before.Standing != after.Standing;
        after = after with { Version = after.Version + 1, FeedVersion = after.FeedVersion + (isNews ? 1 : 0) };
        if (before is not null)
        {
            await tx.ExecuteAsync($"""
                UPDATE payment SET state = {after.State}, attempt = {after.Attempt}, provider_id = {after.ProviderId},
                    captured = {after.Captured}, refunded = {after.Refunded}, is_wanted = {after.IsWanted}, reason = {after.Reason},
                    next_action_url = {after.NextActionUrl}, version = {after.Version}, feed_version = {after.FeedVersion}, changed_at = {now}
                WHERE order_id = {after.OrderId}
                """);
        }
        foreach (var operation in after.Operations) await SaveAsync(tx, before?.Find(operation.Key), operation, after.Attempt, card);
        await BookAsync(tx, after.OrderId, Ledger.Book(before, after), now);
        if (isNews)
        {
            tx.Publish("PaymentChanged", after.OrderId, after.FeedVersion,
                new PaymentChanged(after.OrderId, after.Standing, after.Attempt), PaymentJson.Default.PaymentChanged);
        }
        return after;
    }

    static async Task SaveAsync(Transaction tx, Operation? before, Operation after, int attempt, Attempt? card)
    {
        if (before == after) return;
        if (before is null)
        {
            await tx.ExecuteAsync($"""
                INSERT INTO operation (key, order_id, kind, amount, currency, state, provider_id, reason, asked_at, settled_at, asks, next_ask_at)
                VALUES ({after.Key}, {after.OrderId}, {after.Kind}, {after.Amount.Amount}, {after.Amount.Currency}, {after.State},
                    {after.ProviderId}, {after.Reason}, {after.AskedAt}, {after.SettledAt?.ToUnixTimeMilliseconds()}, {after.Asks}, {after.NextAskAt?.ToUnixTimeMilliseconds()})
                """);
            if (card is null || after.Kind != Kind.Authorize) return;
            await tx.ExecuteAsync($"""
                INSERT INTO authorization_attempt (order_id, attempt, key, state, payment_method, return_url)
                VALUES ({after.OrderId}, {attempt}, {after.Key}, {after.State}, {card.PaymentMethod}, {card.ReturnUrl})
                """);
            return;
        }
        await tx.ExecuteAsync($"""
            UPDATE operation SET state = {after.State}, amount = {after.Amount.Amount}, provider_id = {after.ProviderId}, reason = {after.Reason},
                settled_at = {after.SettledAt?.ToUnixTimeMilliseconds()}, asks = {after.Asks}, next_ask_at = {after.NextAskAt?.ToUnixTimeMilliseconds()}
            WHERE key = {after.Key}
            """);
        if (after.Kind == Kind.Authorize && before.State != after.State)
        {
            await tx.ExecuteAsync($"UPDATE authorization_attempt SET state = {after.State}, reason = {after.Reason} WHERE key = {after.Key}");
        }
    }

    static async Task BookAsync(Transaction tx, string orderId, List<Entry> entries, DateTimeOffset now)
    {
        if (entries.Count == 0) return;
        var lines = Sql.Join(", ", entries.Select(entry => (Sql)
            $"({entry.Key}, {entry.Account}, {entry.Amount.Amount}, {entry.Amount.Currency}, {orderId}, {now})"));
        await tx.ExecuteAsync($"INSERT INTO ledger_entry (transaction_key, account, amount, currency, order_id, booked_at) VALUES {lines}");
    }
}
