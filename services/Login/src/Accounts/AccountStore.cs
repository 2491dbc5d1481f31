using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Souk.Login.Accounts;

/// <summary>
/// Identity's store, but what it keeps as an account's tokens (the secret shared with an authenticator app, the recovery
/// codes) is encrypted: whoever reads the database alone cannot sign in with it.
/// </summary>
public sealed class AccountStore(LoginContext context, IDataProtectionProvider protection, IdentityErrorDescriber? words = null)
    : UserOnlyStore<Account, LoginContext, string>(context, words)
{
    readonly IDataProtector _protector = protection.CreateProtector("Souk.Login.AccountToken");

    public override Task SetTokenAsync(Account user, string loginProvider, string name, string? value, CancellationToken cancellationToken) =>
        base.SetTokenAsync(user, loginProvider, name, value is null ? null : _protector.Protect(value), cancellationToken);

    public override async Task<string?> GetTokenAsync(Account user, string loginProvider, string name, CancellationToken cancellationToken) =>
        await base.GetTokenAsync(user, loginProvider, name, cancellationToken) is { } value ? _protector.Unprotect(value) : null;

    /// <summary>Accounts whose address begins so, in order.</summary>
    public Task<List<Account>> SearchAsync(string normalizedPrefix, int limit, CancellationToken cancellationToken) =>
        Context.Users.AsNoTracking().Where(one => one.NormalizedEmail!.StartsWith(normalizedPrefix))
            .OrderBy(one => one.NormalizedEmail).Take(limit).ToListAsync(cancellationToken);
}
