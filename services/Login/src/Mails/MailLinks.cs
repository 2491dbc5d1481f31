using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Souk.Login.Mails;

/// <summary>
/// The links in mails. What makes one unguessable is made from the mail's id when it is asked for, and is kept nowhere.
/// </summary>
public sealed class MailLinks(LoginSettings settings, MailStore mails, IDataProtectionProvider protection)
{
    const int TokenLengthMax = 1000;

    readonly IDataProtector _protector = protection.CreateProtector("Souk.Login.MailLink");

    public Uri LinkOf(AccountMail mail)
    {
        var (path, hasToken) = MailKind.Page(mail.Kind);
        return new Uri(settings.PublicUrl, hasToken ? $"{path}?token={TokenOf(mail)}" : path);
    }

    public string TokenOf(AccountMail mail) => _protector.Protect($"{mail.Id} {mail.Subject} {mail.Kind}");

    /// <summary>The mail whose link this is, while it is good: of this kind, unused, not too old.</summary>
    public async Task<AccountMail?> ReadAsync(string? token, IReadOnlyList<string> kinds, CancellationToken cancellation)
    {
        if (token is not { Length: > 0 and <= TokenLengthMax }) return null;
        try
        {
            return _protector.Unprotect(token).Split(' ') is [var id, var subject, var kind] && kinds.Contains(kind)
                && await mails.FindAsync(id, cancellation) is { } mail && mail.Subject == subject && mail.Kind == kind ? mail : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
