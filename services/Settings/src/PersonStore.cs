namespace Souk.Settings;

/// <summary>The tables of people: profiles, addresses, choices, consents.</summary>
sealed class PersonStore(Database database, Rules rules)
{
    /// <summary>The person, whether or not anything is kept of them.</summary>
    public Task<Person> ReadAsync(string subject, CancellationToken cancellation) =>
        database.ReadAsync(session => ReadAsync(session, subject), cancellation);

    public async Task<Person> ReadAsync(Session session, string subject) =>
        await FindAsync(session, subject) ?? Person.New(subject, rules.Unasked);

    /// <summary>
    /// Changes the settings of the request's subject, if they are of a version in its <c>If-Match</c>: reads them, lets the
    /// rules decide, and writes only onto the version that was read. Whoever was overtaken reads and decides again, so no write
    /// is lost.
    /// </summary>
    public async Task<Decision> ChangeAsync(HttpContext context, Func<Person, Decision> decide, CancellationToken cancellation)
    {
        if (!IfMatch.TryRead(context.Request, out var wanted)) return SettingsRefusals.IfMatchInvalid;
        var subject = context.Subject();
        while (true)
        {
            var decision = await database.WriteAsync(tx => TryChangeAsync(tx, subject, person =>
                wanted.Allows(person.Version) ? decide(person) : SettingsRefusals.VersionStale), cancellation);
            if (decision is { } decided) return decided;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Nothing is kept of them any more.</summary>
    public static Task EraseAsync(Transaction tx, string subject) => tx.ExecuteAsync($"DELETE FROM person WHERE subject = {subject}");

    /// <summary>Null when another writer was quicker: nothing has been written then.</summary>
    async Task<Decision?> TryChangeAsync(Transaction tx, string subject, Func<Person, Decision> decide)
    {
        if (await ErasureStore.OfAsync(tx, subject) is { } erasure) return ErasureView.UnderWay(erasure);
        var person = await ReadAsync(tx, subject);
        var decision = decide(person);
        if (decision.Person is not { } changed || changed == person) return decision;

        // The guarantee of two tabs: PostgreSQL waits here for a rival's commit and then finds its version, or its row.
        if (!await PutHeadAsync(tx, person, changed)) return null;
        if (changed.Addresses != person.Addresses) await PutAddressesAsync(tx, changed);
        if (changed.Consents.Count > person.Consents.Count) await AddConsentAsync(tx, changed, changed.Consents[^1]);
        return decision;
    }

    static async Task<bool> PutHeadAsync(Transaction tx, Person before, Person after) => await (before.Version == 0
        ? tx.ExecuteAsync($"""
            INSERT INTO person (subject, version, display_name, locale, currency, order_updates, cart_reminders, newsletter)
            VALUES ({after.Subject}, {after.Version}, {after.Profile.DisplayName}, {after.Profile.Locale}, {after.Profile.Currency},
                {after.Choices.OrderUpdates}, {after.Choices.CartReminders}, {after.Choices.Newsletter})
            ON CONFLICT (subject) DO NOTHING
            """)
        : tx.ExecuteAsync($"""
            UPDATE person SET version = {after.Version}, display_name = {after.Profile.DisplayName}, locale = {after.Profile.Locale},
                currency = {after.Profile.Currency}, order_updates = {after.Choices.OrderUpdates},
                cart_reminders = {after.Choices.CartReminders}, newsletter = {after.Choices.Newsletter}
            WHERE subject = {before.Subject} AND version = {before.Version}
            """)) == 1;

    static async Task PutAddressesAsync(Transaction tx, Person person)
    {
        await tx.ExecuteAsync($"DELETE FROM address WHERE subject = {person.Subject}");
        if (person.Addresses.Count == 0) return;
        var rows = person.Addresses.Select((known, at) => (Sql)$"""
            ({person.Subject}, {known.Id}, {(long)at}, {known.IsDefault}, {known.Address.Name}, {known.Address.Line1}, {known.Address.Line2},
             {known.Address.City}, {known.Address.PostalCode}, {known.Address.Region}, {known.Address.Country}, {known.Address.Phone})
            """);
        await tx.ExecuteAsync($"""
            INSERT INTO address (subject, id, position, is_default, name, line1, line2, city, postal_code, region, country, phone)
            VALUES {Sql.Join(", ", rows)}
            """);
    }

    static async Task AddConsentAsync(Transaction tx, Person person, Consent consent) => await tx.ExecuteAsync($"""
        INSERT INTO consent (subject, version, purpose, text_version, given, decided_at)
        VALUES ({person.Subject}, {person.Version}, {consent.Purpose}, {consent.TextVersion}, {consent.Given}, {consent.At})
        """);

    /// <summary>Null when nothing is kept of them.</summary>
    static async Task<Person?> FindAsync(Session session, string subject)
    {
        Person? head = null;
        // One row an address; somebody without any is one row with NULLs.
        var addresses = await session.QueryAsync(
            $"""
            SELECT person.version, display_name, locale, currency, order_updates, cart_reminders, newsletter,
                   id, is_default, name, line1, line2, city, postal_code, region, country, phone
            FROM person LEFT JOIN address ON address.subject = person.subject
            WHERE person.subject = {subject} ORDER BY position
            """,
            row =>
            {
                head ??= new Person(subject, row.Long(0), new Profile(row.TextOrNull(1), row.Text(2), row.Text(3)), [],
                    new Choices(row.Bool(4), row.Bool(5), row.Bool(6)), []);
                return row.TextOrNull(7) is { } id ? new SavedAddress(id, AddressOf(row), row.Bool(8)) : null;
            });
        if (head is null) return null;
        // Of that version: one that came between the two queries is not of it.
        var consents = await session.QueryAsync(
            $"""
            SELECT purpose, text_version, given, decided_at FROM consent
            WHERE subject = {subject} AND version <= {head.Version} ORDER BY version
            """,
            row => new Consent(row.Text(0), row.Text(1), row.Bool(2), row.Time(3)));
        return head with { Addresses = [.. addresses.OfType<SavedAddress>()], Consents = consents };
    }

    static Address AddressOf(Row row) => new(
        row.Text(9), row.Text(10), row.Text(12), row.Text(13), row.Text(15), row.TextOrNull(11), row.TextOrNull(14), row.TextOrNull(16));
}
