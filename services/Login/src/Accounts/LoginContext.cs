using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Souk.Login.Accounts;

/// <summary>
/// The tables that ASP.NET Core Identity and OpenIddict read and write. They are made by <c>schema/*.sql</c>, like all
/// tables of the store; a test holds the files against this model.
/// </summary>
public sealed class LoginContext(DbContextOptions<LoginContext> options) : IdentityUserContext<Account, string>(options)
{
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.UseOpenIddict();
        builder.Entity<Account>(account =>
        {
            account.ToTable("account");
            account.Property(one => one.Roles).HasMaxLength(100);
            account.Ignore(one => one.RoleList);
            // Addresses are unique: two who register the same one at once are told apart here.
            account.HasIndex(one => one.NormalizedEmail).HasDatabaseName("EmailIndex").IsUnique();
        });
        builder.Entity<IdentityUserClaim<string>>().ToTable("account_claim");
        builder.Entity<IdentityUserLogin<string>>().ToTable("account_login");
        builder.Entity<IdentityUserToken<string>>().ToTable("account_token");
        builder.Entity<IdentityUserPasskey<string>>().ToTable("account_passkey");
        builder.Entity<OpenIddictEntityFrameworkCoreApplication>().ToTable("oidc_application");
        builder.Entity<OpenIddictEntityFrameworkCoreAuthorization>().ToTable("oidc_authorization");
        builder.Entity<OpenIddictEntityFrameworkCoreScope>().ToTable("oidc_scope");
        builder.Entity<OpenIddictEntityFrameworkCoreToken>().ToTable("oidc_token");
    }
    /// <summary>What OpenIddict noted of a subject's tokens and sessions.</summary>
    public async Task EraseTokensAsync(string subject, CancellationToken cancellation)
    {
        await Set<OpenIddictEntityFrameworkCoreToken>().Where(token => token.Subject == subject).ExecuteDeleteAsync(cancellation);
        await Set<OpenIddictEntityFrameworkCoreAuthorization>().Where(one => one.Subject == subject).ExecuteDeleteAsync(cancellation);
    }
}
