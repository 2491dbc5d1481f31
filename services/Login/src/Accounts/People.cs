using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Souk.Login.Keys;
using Souk.Login.Mails;
using Souk.Login.Sessions;

namespace Souk.Login.Accounts;

/// <summary>What Login holds on a person: shown on demand, and erased. Erased twice, there is nothing left to erase.</summary>
static class People
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/people/{subject}", ExportAsync).WithName("ExportPerson").AllowCallers("settings");
        app.MapDelete("/internal/people/{subject}", EraseAsync).WithName("ErasePerson").AllowCallers("settings");
    }

    static async Task<Ok<PersonView>> ExportAsync(string subject, UserManager<Account> accounts, SessionStore sessions, CancellationToken cancellation)
    {
        if (await accounts.FindByIdAsync(subject) is not { } account) return TypedResults.Ok(new PersonView(null, [], []));
        var living = await sessions.OfAsync(subject, cancellation);
        var passkeys = await accounts.GetPasskeysAsync(account);
        return TypedResults.Ok(new PersonView(
            new PersonAccount(account.Email ?? "", account.EmailConfirmed, account.RoleList, account.TwoFactorEnabled,
                DateTimeOffset.FromUnixTimeMilliseconds(account.CreatedAt)),
            [.. living.Select(session => SessionView.Of(session, null))],
            [.. passkeys.Select(passkey => new PersonPasskey(passkey.Name ?? "", passkey.CreatedAt))]));
    }

    static async Task<Ok<Erasure>> EraseAsync(
        string subject, UserManager<Account> accounts, LoginContext context, Unit unit, Endings endings, TimeProvider clock, CancellationToken cancellation)
    {
        if (await accounts.FindByIdAsync(subject) is not { } account) return TypedResults.Ok(new Erasure([], []));
        await unit.RunAsync(async tx =>
        {
            await TrustStore.RevokeSubjectAsync(tx, subject, clock.GetUtcNow());
            await endings.AllAsync(tx, subject, butBrowser: null, cancellation);
            await MailStore.EraseAsync(tx, subject);
            await context.EraseTokensAsync(subject, cancellation);
            var result = await accounts.DeleteAsync(account);
            if (!result.Succeeded) throw new InvalidOperationException("Identity refused: " + string.Join(", ", result.Errors.Select(error => error.Code)));
        }, cancellation);
        return TypedResults.Ok(new Erasure(["account", "address", "password", "passkeys", "authenticator", "sessions", "mails"], []));
    }
}

/// <summary>All that Login holds on a person, but for what opens the account.</summary>
sealed record PersonView(PersonAccount? Account, IReadOnlyList<SessionView> Sessions, IReadOnlyList<PersonPasskey> Passkeys);

sealed record PersonAccount(string Email, bool EmailConfirmed, IReadOnlyList<string> Roles, bool HasSecondFactor, DateTimeOffset CreatedAt);

sealed record PersonPasskey(string Name, DateTimeOffset CreatedAt);

/// <summary>What was erased, and what was kept and why.</summary>
sealed record Erasure(IReadOnlyList<string> Erased, IReadOnlyList<Kept> Kept);

sealed record Kept(string What, string Why);
