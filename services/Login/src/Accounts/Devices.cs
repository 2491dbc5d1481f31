using Microsoft.AspNetCore.DataProtection;
using Souk.Login.Sessions;

namespace Souk.Login.Accounts;

/// <summary>
/// Browsers that have signed in to an account before: a cookie that opens nothing, but has a budget of guesses of its own,
/// so that strangers who guess do not keep the owner out.
/// </summary>
public sealed class Devices(LoginCookies cookies, IDataProtectionProvider protection, IIdSource ids)
{
    const string Cookie = "souk-known";
    static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    readonly IDataProtector _protector = protection.CreateProtector("Souk.Login.Device");

    /// <summary>The browser's id, when it has signed in to this account before.</summary>
    public string? Known(HttpContext context, string? subject)
    {
        if (cookies.Read(context, Cookie) is not { } value) return null;
        try
        {
            return _protector.Unprotect(value).Split(' ') is [var id, var owner] && owner == subject ? id : null;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    public void Remember(HttpContext context, string subject) => cookies.Write(
        context, Cookie, _protector.Protect($"{Known(context, subject) ?? ids.NewId()} {subject}"), Kept);
}
