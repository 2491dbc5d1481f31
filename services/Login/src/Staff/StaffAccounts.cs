using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Souk.Login.Accounts;

namespace Souk.Login.Staff;

/// <summary>
/// Accounts for staff: found by the beginning of their address, disabled and enabled, given roles. Repeated, each says and
/// does the same. Nobody does it to themselves: the last of the staff would lock the store.
/// </summary>
static class StaffAccounts
{
    const int Most = 50;
    const int QueryLengthMax = 254;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/login/accounts", SearchAsync).WithName("SearchAccounts").AllowPublic().ForStaff();
        app.MapGet("/api/login/accounts/{subject}", ReadAsync).WithName("ReadAccount").AllowPublic().ForStaff();
        app.MapPut("/api/login/accounts/{subject}/disabled", DisableAsync).WithName("DisableAccount").AllowPublic().ForStaff();
        app.MapPut("/api/login/accounts/{subject}/roles", GiveRolesAsync).WithName("GiveRoles").AllowPublic().ForStaff();
        app.MapPut("/internal/staff/{email}", MakeStaffAsync).WithName("MakeStaff").AllowCallers("souk");
    }

    static async Task<Results<Ok<AccountsView>, Refusal>> SearchAsync(string? query, AccountStore store, UserManager<Account> accounts, CancellationToken cancellation) =>
        query is { Length: > QueryLengthMax }
            ? LoginRefusals.AccountQueryInvalid
            : TypedResults.Ok(new AccountsView(
                [.. (await store.SearchAsync(accounts.NormalizeEmail(query?.Trim()) ?? "", Most, cancellation)).Select(AccountView.Of)]));

    static async Task<Results<Ok<AccountView>, Refusal>> ReadAsync(string subject, UserManager<Account> accounts) =>
        await accounts.FindByIdAsync(subject) is { } account ? TypedResults.Ok(AccountView.Of(account)) : LoginRefusals.AccountUnknown;

    static async Task<Results<Ok<AccountView>, Refusal>> DisableAsync(
        string subject, DisableRequest request, HttpContext context, UserManager<Account> accounts, Credentials credentials)
    {
        if (subject == context.Bearer().Subject) return LoginRefusals.AccountOwn;
        if (await accounts.FindByIdAsync(subject) is not { } account) return LoginRefusals.AccountUnknown;
        await credentials.DisableAsync(account, request.Disabled, context.RequestAborted);
        return TypedResults.Ok(AccountView.Of(account));
    }

    static async Task<Results<Ok<AccountView>, Refusal>> GiveRolesAsync(
        string subject, RolesRequest request, HttpContext context, UserManager<Account> accounts, Credentials credentials)
    {
        if (request.Roles.Any(role => !Account.AllRoles.Contains(role))) return LoginRefusals.RolesInvalid;
        if (subject == context.Bearer().Subject) return LoginRefusals.AccountOwn;
        if (await accounts.FindByIdAsync(subject) is not { } account) return LoginRefusals.AccountUnknown;
        await credentials.GiveRolesAsync(account, request.Roles, context.RequestAborted);
        return TypedResults.Ok(AccountView.Of(account));
    }

    /// <summary>The first of the staff, by whoever runs the store: an account that has registered becomes staff.</summary>
    static async Task<Results<Ok<AccountView>, Refusal>> MakeStaffAsync(
        string email, UserManager<Account> accounts, Credentials credentials, CancellationToken cancellation)
    {
        if (await accounts.FindByEmailAsync(email) is not { EmailConfirmed: true } account) return LoginRefusals.AccountUnknown;
        await credentials.GiveRolesAsync(account, [.. account.RoleList, "staff"], cancellation);
        return TypedResults.Ok(AccountView.Of(account));
    }
}

/// <summary>By their address, at most fifty.</summary>
sealed record AccountsView(IReadOnlyList<AccountView> Items);

/// <summary>An account as staff see it.</summary>
sealed record AccountView(
    string Subject, string Email, bool IsConfirmed, bool IsDisabled, bool HasSecondFactor, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt)
{
    public static AccountView Of(Account account) => new(
        account.Id, account.Email ?? "", account.EmailConfirmed, account.IsDisabled, account.TwoFactorEnabled, account.RoleList,
        DateTimeOffset.FromUnixTimeMilliseconds(account.CreatedAt));
}

/// <summary>Whether nobody may sign in with it.</summary>
sealed record DisableRequest(bool Disabled);

/// <summary>Exactly these.</summary>
sealed record RolesRequest(IReadOnlyList<string> Roles);
