namespace Souk.Login.Mails;

/// <summary>A mail that an account's owner is to get.</summary>
/// <param name="Id">Unguessable.</param>
/// <param name="Subject">Whose account.</param>
/// <param name="Kind">One of <see cref="MailKind"/>.</param>
/// <param name="NewAddress">Where it goes, when that is not the account's own address.</param>
/// <param name="Stamp">The account's security stamp: after a change of the password the mail's link is void.</param>
/// <param name="ExpiresAt">The link is good until then; a mail that is late is not sent.</param>
public sealed record AccountMail(string Id, string Subject, string Kind, string? NewAddress, string Stamp, DateTimeOffset ExpiresAt);

/// <summary>What mails there are, and how long their links are good.</summary>
public static class MailKind
{
    /// <summary>Confirm the address of a new account.</summary>
    public const string Confirm = "confirm";

    /// <summary>Somebody registered an address that has an account.</summary>
    public const string Known = "known";

    /// <summary>Choose a new password.</summary>
    public const string Reset = "reset";

    /// <summary>Confirm an account's new address; it goes there.</summary>
    public const string Email = "email";

    /// <summary>The password, the address or the second factor was changed.</summary>
    public const string Changed = "changed";

    public static TimeSpan Lifetime(string kind) => kind switch
    {
        Reset => TimeSpan.FromMinutes(10),
        Confirm or Email => TimeSpan.FromHours(24),
        _ => TimeSpan.FromDays(2),
    };

    /// <summary>The page that its link leads to, and whether the link carries a token.</summary>
    public static (string Path, bool HasToken) Page(string kind) => kind switch
    {
        Confirm => ("account/confirm", true),
        Email => ("account/confirm", true),
        Reset => ("account/reset", true),
        Known => ("account/forgotten", false),
        _ => ("account", false),
    };
}

/// <summary>The mails that were asked for, and which of their links were used.</summary>
public sealed class MailStore(Database database, TimeProvider clock)
{
    /// <summary>Asks for a mail, in the transaction of its reason; Notifications learns of it by an event without address or link.</summary>
    public static async Task WantAsync(Transaction tx, AccountMail mail, DateTimeOffset now)
    {
        await tx.ExecuteAsync($"""
            INSERT INTO account_mail (id, subject, kind, new_address, stamp, created_at, expires_at)
            VALUES ({mail.Id}, {mail.Subject}, {mail.Kind}, {mail.NewAddress}, {mail.Stamp}, {now}, {mail.ExpiresAt})
            """);
        tx.Publish("AccountMailWanted", mail.Id, 1, new AccountMailWanted(mail.Id, mail.Kind, "en"), LoginJson.Default.AccountMailWanted);
    }

    /// <summary>A mail whose link is still good and unused.</summary>
    public Task<AccountMail?> FindAsync(string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.ReadAsync(session => session.FirstAsync(
            $"""
            SELECT id, subject, kind, new_address, stamp, expires_at FROM account_mail
            WHERE id = {id} AND used_at IS NULL AND expires_at > {now}
            """,
            row => new AccountMail(row.Text(0), row.Text(1), row.Text(2), row.TextOrNull(3), row.Text(4), row.Time(5)), cancellation), cancellation);
    }

    /// <summary>Uses a link up; of two who do it at once, one is told true.</summary>
    public static async Task<bool> UseAsync(Transaction tx, string id, DateTimeOffset now) => await tx.ExecuteAsync(
        $"UPDATE account_mail SET used_at = {now}, new_address = NULL WHERE id = {id} AND used_at IS NULL AND expires_at > {now}") == 1;

    public static Task EraseAsync(Transaction tx, string subject) => tx.ExecuteAsync($"DELETE FROM account_mail WHERE subject = {subject}");

    public Task<int> ForgetAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(tx => tx.ExecuteAsync($"DELETE FROM account_mail WHERE expires_at <= {now}", cancellation), cancellation);
    }
}

/// <summary>The event: Notifications is to send a mail, and asks for address and link when it does.</summary>
sealed record AccountMailWanted(string MailId, string Kind, string Locale);
