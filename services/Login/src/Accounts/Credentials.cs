using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Souk.Login.Keys;
using Souk.Login.Mails;
using Souk.Login.Sessions;

namespace Souk.Login.Accounts;

/// <summary>
/// Registers accounts and changes what they are opened with. Each change is one transaction with the mail that tells of it
/// and with the end of the sessions that it ends.
/// </summary>
public sealed class Credentials(
    UserManager<Account> accounts, Passwords passwords, MailLinks links, Endings endings, Unit unit, IIdSource ids, TimeProvider clock)
{
    /// <summary>
    /// A new account, or a mail to the owner of the one that there is: whoever registers is told the same, after the same
    /// work. The password has been looked at before.
    /// </summary>
    public async Task RegisterAsync(string email, string password, CancellationToken cancellation)
    {
        var account = Account.Register(ids, email, clock.GetUtcNow());
        account.PasswordHash = passwords.Hash(account, password);
        try
        {
            await unit.RunAsync(async tx =>
            {
                if (await accounts.FindByEmailAsync(email) is { } known)
                {
                    if (known.EmailConfirmed)
                    {
                        await WantAsync(tx, known, MailKind.Known);
                        return;
                    }
                    // Whoever asked last; and whoever confirms must know the password, so nobody confirms another's.
                    known.PasswordHash = account.PasswordHash;
                    Require(await accounts.UpdateSecurityStampAsync(known));
                    await WantAsync(tx, known, MailKind.Confirm);
                    return;
                }
                Require(await accounts.CreateAsync(account));
                await WantAsync(tx, account, MailKind.Confirm);
            }, cancellation);
        }
        catch (DbUpdateException)
        {
            // Another registered the same address at the same moment; its mail is on its way.
        }
    }

    /// <summary>Sends the mail that confirms the address once more.</summary>
    public Task ConfirmAgainAsync(Account account, CancellationToken cancellation) =>
        unit.RunAsync(tx => WantAsync(tx, account, MailKind.Confirm), cancellation);

    /// <summary>The account that a confirming mail's link is about, while it is good, and whether its password is to be asked for.</summary>
    public async Task<(AccountMail Mail, Account Account)?> ReadConfirmAsync(string? token, CancellationToken cancellation) =>
        await links.ReadAsync(token, [MailKind.Confirm, MailKind.Email], cancellation) is { } mail
        && await accounts.FindByIdAsync(mail.Subject) is { IsDisabled: false } account && account.SecurityStamp == mail.Stamp ? (mail, account) : null;

    /// <summary>
    /// The link of a confirming mail was followed. A new account's password must be given, too: else somebody could register
    /// another's address with a password of their own, and let the owner confirm it.
    /// </summary>
    /// <returns>False: the password is wrong, the link used up, or the new address belongs to somebody by now.</returns>
    public async Task<bool> ConfirmAsync(AccountMail mail, Account account, string password, CancellationToken cancellation)
    {
        if (mail.Kind == MailKind.Confirm && passwords.Verify(account, password) == PasswordVerificationResult.Failed) return false;
        return await unit.RunAsync(async tx =>
        {
            if (mail.NewAddress is { } address)
            {
                if (await accounts.FindByEmailAsync(address) is not null) return false;
                await WantAsync(tx, account, MailKind.Changed, account.Email);
                account.Email = account.UserName = address;
            }
            if (!await MailStore.UseAsync(tx, mail.Id, clock.GetUtcNow())) return false;
            account.EmailConfirmed = true;
            Require(await accounts.UpdateAsync(account));
            return true;
        }, cancellation);
    }

    /// <summary>A mail with a link, if there is such an account; the same work if there is none.</summary>
    public async Task ForgottenAsync(string email, CancellationToken cancellation)
    {
        // What would be told apart by the time it takes disappears in this.
        passwords.Verify(null, "");
        if (await accounts.FindByEmailAsync(email) is not { IsDisabled: false } account) return;
        await unit.RunAsync(tx => WantAsync(tx, account, account.EmailConfirmed ? MailKind.Reset : MailKind.Confirm), cancellation);
    }

    public Task<AccountMail?> ReadResetAsync(string? token, CancellationToken cancellation) => links.ReadAsync(token, [MailKind.Reset], cancellation);

    /// <summary>A new password by the link of a mail, once; every session ends.</summary>
    public async Task<bool> ResetAsync(string? token, string password, CancellationToken cancellation)
    {
        if (await ReadResetAsync(token, cancellation) is not { } mail || await accounts.FindByIdAsync(mail.Subject) is not { IsDisabled: false } account) return false;
        var hash = passwords.Hash(account, password);
        return account.SecurityStamp == mail.Stamp && await unit.RunAsync(async tx =>
        {
            if (!await MailStore.UseAsync(tx, mail.Id, clock.GetUtcNow())) return false;
            await ChangeHashAsync(tx, account, hash, cancellation);
            return true;
        }, cancellation);
    }

    /// <summary>A new password in place of the present one, which was compared before; every session ends.</summary>
    public Task ChangePasswordAsync(Account account, string password, CancellationToken cancellation)
    {
        var hash = passwords.Hash(account, password);
        return unit.RunAsync(tx => ChangeHashAsync(tx, account, hash, cancellation), cancellation);
    }

    /// <summary>Sends a mail to a new address; the account has it once its link is followed. Of an address that is taken its owner is told.</summary>
    public Task ChangeEmailAsync(Account account, string address, CancellationToken cancellation) => unit.RunAsync(async tx =>
    {
        if (await accounts.FindByEmailAsync(address) is { } known) await WantAsync(tx, known, MailKind.Known);
        else await WantAsync(tx, account, MailKind.Email, address);
    }, cancellation);

    /// <summary>Tells the owner that something was changed, with the change.</summary>
    public Task ChangeAsync(Account account, Func<Task<IdentityResult>> change, CancellationToken cancellation) => unit.RunAsync(async tx =>
    {
        Require(await change());
        await WantAsync(tx, account, MailKind.Changed);
    }, cancellation);

    /// <summary>Nobody can sign in any more, and whoever is signed in is out everywhere; or it is as before.</summary>
    public Task DisableAsync(Account account, bool isDisabled, CancellationToken cancellation) => unit.RunAsync(async tx =>
    {
        if (account.IsDisabled == isDisabled) return;
        var now = clock.GetUtcNow();
        account.DisabledAt = isDisabled ? now.ToUnixTimeMilliseconds() : null;
        Require(await accounts.UpdateAsync(account));
        if (!isDisabled) return;
        await TrustStore.RevokeSubjectAsync(tx, account.Id, now);
        await endings.AllAsync(tx, account.Id, butBrowser: null, cancellation);
    }, cancellation);

    /// <summary>Gives an account exactly these roles. Tokens with the old ones are dead at once.</summary>
    public Task GiveRolesAsync(Account account, IReadOnlyList<string> roles, CancellationToken cancellation) => unit.RunAsync(async tx =>
    {
        var before = account.Roles;
        account.GiveRoles(roles);
        if (account.Roles == before) return;
        Require(await accounts.UpdateAsync(account));
        await endings.AllAsync(tx, account.Id, butBrowser: null, cancellation);
    }, cancellation);

    async Task ChangeHashAsync(Transaction tx, Account account, string hash, CancellationToken cancellation)
    {
        account.PasswordHash = hash;
        account.EmailConfirmed = true;
        Require(await accounts.UpdateSecurityStampAsync(account));
        await endings.AllAsync(tx, account.Id, butBrowser: null, cancellation);
        await WantAsync(tx, account, MailKind.Changed);
    }

    Task WantAsync(Transaction tx, Account account, string kind, string? address = null)
    {
        var now = clock.GetUtcNow();
        return MailStore.WantAsync(tx, new AccountMail(ids.NewId(), account.Id, kind, address, account.SecurityStamp ?? "", now + MailKind.Lifetime(kind)), now);
    }

    static void Require(IdentityResult result)
    {
        if (!result.Succeeded) throw new InvalidOperationException("Identity refused: " + string.Join(", ", result.Errors.Select(error => error.Code)));
    }
}
