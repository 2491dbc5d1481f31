using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;

namespace Souk.Login.Accounts;

/// <summary>How a try to sign in ended.</summary>
public enum SignInEnd
{
    /// <summary>Signed in.</summary>
    Done,

    /// <summary>The password is right; a code is needed, too.</summary>
    NeedsCode,

    /// <summary>No such account, or not its password or code: nobody is told which.</summary>
    Wrong,

    /// <summary>The password is right, the address is not confirmed.</summary>
    Unconfirmed,

    /// <summary>Too many tries.</summary>
    TooMany,
}

/// <summary>The end, and how long to wait where there were too many tries.</summary>
public sealed record SignInAnswer(SignInEnd End, TimeSpan Wait = default, Account? Account = null);

/// <summary>Signs in, by password and code or by passkey. Who guesses is slowed down, and learns nothing of who has an account.</summary>
public sealed class SignIns(
    UserManager<Account> accounts, SignInManager<Account> identity, Passwords passwords, Throttle throttle, Devices devices)
{
    static readonly SignInAnswer Wrong = new(SignInEnd.Wrong);

    public async Task<SignInAnswer> WithPasswordAsync(HttpContext context, string email, string password)
    {
        var cancellation = context.RequestAborted;
        var account = await accounts.FindByEmailAsync(email);
        var budgets = Throttle.For(accounts.NormalizeEmail(email) ?? "", context.Connection.RemoteIpAddress, account is null ? null : devices.Known(context, account.Id));
        if (await throttle.TakeAsync(budgets, cancellation) is { } wait) return new SignInAnswer(SignInEnd.TooMany, wait);

        var verdict = passwords.Verify(account, password);
        if (account is null || account.IsDisabled || verdict == PasswordVerificationResult.Failed) return Wrong;
        await throttle.GiveBackAsync(budgets, cancellation);
        if (verdict == PasswordVerificationResult.SuccessRehashNeeded)
        {
            account.PasswordHash = passwords.Hash(account, password);
            await accounts.UpdateAsync(account);
        }
        if (!account.EmailConfirmed) return new SignInAnswer(SignInEnd.Unconfirmed, Account: account);
        if (!account.TwoFactorEnabled)
        {
            await FinishAsync(context, account, ["pwd"]);
            return new SignInAnswer(SignInEnd.Done, Account: account);
        }

        // Half signed in: the cookie says whose code is asked for, for five minutes.
        var half = new ClaimsIdentity(IdentityConstants.TwoFactorUserIdScheme);
        half.AddClaim(new Claim(ClaimTypes.Name, account.Id));
        await context.SignInAsync(IdentityConstants.TwoFactorUserIdScheme, new ClaimsPrincipal(half));
        return new SignInAnswer(SignInEnd.NeedsCode, Account: account);
    }

    /// <summary>Who has given the password and still owes a code.</summary>
    public Task<Account?> HalfAsync() => identity.GetTwoFactorAuthenticationUserAsync();

    public async Task<SignInAnswer> WithCodeAsync(HttpContext context, string code)
    {
        if (await HalfAsync() is not { IsDisabled: false } account) return Wrong;
        var budget = Throttle.OfSecondFactor(account.Id);
        if (await throttle.TakeAsync([budget], context.RequestAborted) is { } wait) return new SignInAnswer(SignInEnd.TooMany, wait);
        if (!await CheckCodeAsync(account, code, context.RequestAborted)) return Wrong;

        await throttle.GiveBackAsync([budget], context.RequestAborted);
        await context.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);
        await FinishAsync(context, account, ["pwd", "otp", "mfa"]);
        return new SignInAnswer(SignInEnd.Done, Account: account);
    }

    /// <summary>The code of an app, which is good once, or a recovery code, which is good once, too.</summary>
    public async Task<bool> CheckCodeAsync(Account account, string code, CancellationToken cancellation)
    {
        var plain = code.Replace(" ", "", StringComparison.Ordinal);
        if (await accounts.VerifyTwoFactorTokenAsync(account, TokenOptions.DefaultAuthenticatorProvider, plain))
        {
            return await throttle.TakeAsync([Throttle.OfCode(account.Id, plain)], cancellation) is null;
        }
        return (await accounts.RedeemTwoFactorRecoveryCodeAsync(account, code.Trim().ToUpperInvariant())).Succeeded;
    }

    /// <summary>Whether who is signed in still knows the password: asked before anything that opens the account is changed.</summary>
    public async Task<SignInAnswer> ProveAsync(HttpContext context, Account account, string? password)
    {
        var budget = Throttle.OfSecondFactor("present " + account.Id);
        if (await throttle.TakeAsync([budget], context.RequestAborted) is { } wait) return new SignInAnswer(SignInEnd.TooMany, wait);
        if (string.IsNullOrEmpty(password) || passwords.Verify(account, password) == PasswordVerificationResult.Failed) return Wrong;
        await throttle.GiveBackAsync([budget], context.RequestAborted);
        return new SignInAnswer(SignInEnd.Done, Account: account);
    }

    /// <summary>A passkey is both: something one has, and a finger or a PIN.</summary>
    public async Task<SignInAnswer> WithPasskeyAsync(HttpContext context, string credential)
    {
        PasskeyAssertionResult<Account> assertion;
        try
        {
            assertion = await identity.PerformPasskeyAssertionAsync(credential);
        }
        catch (InvalidOperationException)
        {
            // Nothing was asked of a passkey here, or the question was answered already: Identity says so by throwing.
            return Wrong;
        }
        if (!assertion.Succeeded || assertion.User is not { IsDisabled: false, EmailConfirmed: true } account) return Wrong;
        var kept = await accounts.AddOrUpdatePasskeyAsync(account, assertion.Passkey);
        if (!kept.Succeeded) return Wrong;
        await FinishAsync(context, account, ["hwk", "user", "mfa"]);
        return new SignInAnswer(SignInEnd.Done, Account: account);
    }

    /// <summary>A new session, whatever there was before.</summary>
    public async Task FinishAsync(HttpContext context, Account account, IReadOnlyList<string> methods)
    {
        var claims = methods.Select(method => new Claim("amr", method)).Prepend(new Claim("sub", account.Id));
        await context.SignInAsync(IdentityConstants.ApplicationScheme, new ClaimsPrincipal(new ClaimsIdentity(claims, "souk")));
        devices.Remember(context, account.Id);
    }
}
