namespace Souk.Sandbox;

/// <summary>
/// The provider's tables. A movement of money, its entry in the ledger, its answer under the key and what the shop is to be
/// told are one transaction, in as few statements as there can be. All SQL of the service is here.
/// </summary>
sealed class SandboxStore(Database database)
{
    /// <summary>Asks a card for money, once for each key.</summary>
    /// <param name="call">Under which key, and what was asked.</param>
    /// <param name="token">The card.</param>
    /// <param name="ask">The rules: given the card, null when there is none.</param>
    /// <param name="cancellation">Gives up before it begins.</param>
    public Task<Told> AuthorizeAsync(Call call, string token, Func<Card?, Effect> ask, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            var card = TestCard.Ready(token) ?? await FindCardAsync(tx, token);
            if (card?.Behaviour == Behaviour.TimeoutBefore && await IsFirstTryAsync(tx, call)) return Told.Nothing;
            var effect = ask(card);
            if (await TakeAsync(tx, call, effect.Answer) is { } told) return told;
            var a = effect.Authorization;
            await tx.ExecuteAsync($"""
                INSERT INTO authorization_ (id, key, reference, state, amount, currency, captured, refunded, decline_code, return_url, brand, last4, created_at)
                VALUES ({a.Id}, {a.Key}, {a.Reference}, {a.State}, {a.Amount}, {a.Currency}, {a.Captured}, {a.Refunded}, {a.DeclineCode},
                    {a.ReturnUrl}, {a.Brand}, {a.Last4}, {a.CreatedAt});
                {Booking(effect, call)}
                """);
            return new Told(effect.Answer, IsRepeat: false, IsAnswerLost: card?.Behaviour == Behaviour.TimeoutAfter);
        }, cancellation);

    /// <summary>Changes an authorisation, once for each key; null when there is none.</summary>
    /// <param name="call">Under which key, and what was asked.</param>
    /// <param name="id">The authorisation.</param>
    /// <param name="decide">The rules.</param>
    /// <param name="cancellation">Gives up before it begins.</param>
    public Task<Told?> ChangeAsync(Call call, string id, Func<Authorization, Effect> decide, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            if (await LockAsync(tx, id) is not { } before) return null;
            var effect = decide(before);
            if (await TakeAsync(tx, call, effect.Answer) is { } told) return told;
            if (effect.Webhook is not null) await tx.ExecuteAsync($"{Change(effect.Authorization)}{Booking(effect, call)}");
            return new Told(effect.Answer, IsRepeat: false, IsAnswerLost: false);
        }, cancellation);

    /// <summary>The customer's answer to the bank, which has no key; gives the authorisation after it.</summary>
    public Task<Authorization?> ConfirmAsync(string id, DateTimeOffset now, Func<Authorization, Effect> decide, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            if (await LockAsync(tx, id) is not { } before) return null;
            var effect = decide(before);
            if (effect.Webhook is not null)
            {
                await tx.ExecuteAsync($"{Change(effect.Authorization)}{Booking(effect, new Call(before.Key, "", now))}");
            }
            return effect.Authorization;
        }, cancellation);

    public Task<Authorization?> FindAsync(string id, CancellationToken cancellation) => database.ReadAsync(
        session => session.FirstAsync($"{Columns} WHERE id = {id}", Read, cancellation), cancellation);

    public Task<List<Authorization>> FindByReferenceAsync(string reference, CancellationToken cancellation) => database.ReadAsync(
        session => session.QueryAsync($"{Columns} WHERE reference = {reference} ORDER BY created_at, id", Read, cancellation), cancellation);

    /// <summary>Entries after a number, in order. The answer for a range never changes.</summary>
    public async Task<List<LedgerEntry>> LedgerAsync(long after, int limit, CancellationToken cancellation)
    {
        if (database.Engine == Engine.Postgres) await NumberLedgerAsync(cancellation);
        return await database.ReadAsync(session => session.QueryAsync(
            $"SELECT seq, key, kind, authorization_id, reference, amount, currency, at FROM ledger WHERE seq > {after} ORDER BY seq LIMIT {limit}",
            row => new LedgerEntry(row.Long(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Long(5), row.Text(6), row.Time(7)),
            cancellation), cancellation);
    }

    public Task AddCardAsync(string token, Card card, DateTimeOffset now, CancellationToken cancellation) =>
        database.WriteAsync(tx => tx.ExecuteAsync($"""
            INSERT INTO payment_method (id, brand, last4, behaviour, created_at)
            VALUES ({token}, {card.Brand}, {card.Last4}, {card.Behaviour.ToString()}, {now})
            """), cancellation);

    /// <summary>What is to be sent by now, the longest due first.</summary>
    public Task<List<Webhook>> DueWebhooksAsync(DateTimeOffset now, int max, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT id, authorization_id, type, body, copies, attempts, next_attempt_at, created_at FROM webhook
            WHERE state = 'due' AND next_attempt_at <= {now} ORDER BY next_attempt_at, created_at, id LIMIT {max}
            """,
            row => new Webhook(row.Text(0), row.Text(1), row.Text(2), row.Text(3), Webhook.Due, row.Int(4), row.Int(5), row.Time(6), row.Time(7)),
            cancellation), cancellation);

    /// <summary>Notes how sending went, for all that were sent, in one commit.</summary>
    public Task NoteWebhooksAsync(IEnumerable<Webhook> webhooks) => database.WriteAsync(async tx =>
    {
        foreach (var w in webhooks)
        {
            await tx.ExecuteAsync($"""
                UPDATE webhook SET state = {w.State}, copies = {w.Copies}, attempts = {w.Attempts}, next_attempt_at = {w.NextAttemptAt}
                WHERE id = {w.Id}
                """);
        }
    });

    /// <summary>The switches as they were written; null before the first time.</summary>
    public Task<string?> SwitchesAsync(CancellationToken cancellation) => database.ReadAsync(
        session => session.FirstAsync($"SELECT settings FROM switches WHERE id = 1", row => row.Text(0), cancellation), cancellation);

    public Task TurnSwitchesAsync(string settings, CancellationToken cancellation) => database.WriteAsync(tx => tx.ExecuteAsync($"""
        INSERT INTO switches (id, settings) VALUES (1, {settings}) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings
        """), cancellation);

    static Sql Columns => Sql.Text("""
        SELECT id, key, reference, state, amount, currency, captured, refunded, decline_code, return_url, brand, last4, created_at
        FROM authorization_
        """);

    static Authorization Read(Row row) => new(
        row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Long(4), row.Text(5), row.Long(6), row.Long(7),
        row.TextOrNull(8), row.TextOrNull(9), row.Text(10), row.Text(11), row.Time(12));

    /// <summary>The authorisation, with nobody else changing it before this transaction ends.</summary>
    static Task<Authorization?> LockAsync(Transaction tx, string id) => tx.FirstAsync(
        $"{Columns} WHERE id = {id} {(tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE") : Sql.Empty)}", Read);

    static Task<Card?> FindCardAsync(Transaction tx, string token) => tx.FirstAsync(
        $"SELECT brand, last4, behaviour FROM payment_method WHERE id = {token}",
        row => new Card(row.Text(0), row.Text(1), Enum.Parse<Behaviour>(row.Text(2))));

    static async Task<bool> IsFirstTryAsync(Transaction tx, Call call) => await tx.ExecuteAsync(
        $"INSERT INTO left_hanging (key, at) VALUES ({call.Key}, {call.At}) ON CONFLICT (key) DO NOTHING") == 1;

    /// <summary>Takes the key for an answer; when it is taken, what was answered then. The unique index is what makes it once.</summary>
    static async Task<Told?> TakeAsync(Transaction tx, Call call, Answer answer)
    {
        var isNew = await tx.ExecuteAsync($"""
            INSERT INTO answered (key, request, status, body, at)
            VALUES ({call.Key}, {call.Request}, {(long)answer.Status}, {answer.Body}, {call.At}) ON CONFLICT (key) DO NOTHING
            """) == 1;
        if (isNew) return null;
        var first = await tx.FirstAsync<(string Request, Answer Answer)>(
            $"SELECT request, status, body FROM answered WHERE key = {call.Key}",
            row => (row.Text(0), new Answer(row.Int(1), row.Text(2))));
        return new Told(first.Request == call.Request ? first.Answer : null, IsRepeat: true, IsAnswerLost: false);
    }

    static Sql Change(Authorization a) => Of($"""
        UPDATE authorization_ SET state = {a.State}, captured = {a.Captured}, refunded = {a.Refunded}, decline_code = {a.DeclineCode}
        WHERE id = {a.Id};
        """);

    /// <summary>The entry in the ledger, if money moved, and what the shop is to be told.</summary>
    static Sql Booking(Effect effect, Call call)
    {
        var (a, w) = (effect.Authorization, effect.Webhook!);
        var entry = effect.Entry is not { } e ? Sql.Empty : Of($"""
            INSERT INTO ledger (key, kind, authorization_id, reference, amount, currency, at)
            VALUES ({e.Key ?? call.Key}, {e.Kind}, {a.Id}, {a.Reference}, {e.Amount}, {a.Currency}, {call.At});
            """);
        return Of($"""
            {entry}
            INSERT INTO webhook (id, authorization_id, type, body, state, copies, attempts, next_attempt_at, created_at)
            VALUES ({w.Id}, {a.Id}, {w.Type}, {w.Body}, {w.State}, {(long)w.Copies}, {(long)w.Attempts}, {w.NextAttemptAt}, {w.CreatedAt})
            """);
    }

    static Sql Of(Sql sql) => sql;

    /// <summary>PostgreSQL: numbers the committed rows that have none; none that commits later is ever passed over.</summary>
    async Task NumberLedgerAsync(CancellationToken cancellation)
    {
        var unnumbered = await database.ReadAsync(session => session.LongAsync(
            $"SELECT COUNT(*) FROM (SELECT 1 FROM ledger WHERE seq IS NULL LIMIT 1) AS one", cancellation), cancellation);
        if (unnumbered == 0) return;
        await database.WriteAsync(async tx =>
        {
            // One at a time; the next statement's snapshot is taken after the lock is ours.
            await tx.ExecuteAsync($"SELECT pg_advisory_xact_lock({0x4C4544474552L})", cancellation);
            await tx.ExecuteAsync($"""
                UPDATE ledger SET seq = numbered.seq
                FROM (SELECT number, (SELECT COALESCE(MAX(seq), 0) FROM ledger) + ROW_NUMBER() OVER (ORDER BY number) AS seq
                      FROM ledger WHERE seq IS NULL) AS numbered
                WHERE ledger.number = numbered.number
                """, cancellation);
        }, cancellation);
    }
}

/// <summary>A request that is answered once.</summary>
/// <param name="Key">Its Idempotency-Key.</param>
/// <param name="Request">What was asked: another request under the same key is refused.</param>
/// <param name="At">When.</param>
sealed record Call(string Key, string Request, DateTimeOffset At);

/// <summary>An answer as it is kept and given, byte for byte.</summary>
sealed record Answer(int Status, string Body);

/// <summary>What is to be answered; without an answer the key belongs to another request, or nothing has happened.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="IsRepeat">Whether the key was taken before.</param>
/// <param name="IsAnswerLost">Whether the caller is to wait in vain, as the card wants it.</param>
sealed record Told(Answer? Answer, bool IsRepeat, bool IsAnswerLost)
{
    public static readonly Told Nothing = new(null, IsRepeat: false, IsAnswerLost: true);
}
