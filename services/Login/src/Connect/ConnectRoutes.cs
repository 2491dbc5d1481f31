using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Souk.Login.Accounts;
using Souk.Login.Sessions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Souk.Login.Connect;

/// <summary>
/// OpenID Connect: a code for who is signed in, tokens for a code, tokens for a refresh token, the end of a session. OpenIddict
/// has checked client, redirect address and PKCE before any of this runs.
/// </summary>
static class ConnectRoutes
{
    const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapMethods("/connect/authorize", ["GET", "POST"], AuthorizeAsync).AllowPublic().ExcludeFromDescription();
        app.MapPost("/connect/token", ExchangeAsync).AllowPublic().ExcludeFromDescription();
        app.MapMethods("/connect/logout", ["GET", "POST"], LogoutAsync).AllowPublic().ExcludeFromDescription();
        app.MapMethods("/connect/userinfo", ["GET", "POST"], UserInfoAsync).AllowPublic().ExcludeFromDescription();
        // OpenIddict answers these before any route runs; that they are routes lets their callers be checked.
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/jwks", "/connect/revoke" })
        {
            app.Map(path, () => Results.NotFound()).AllowPublic().ExcludeFromDescription();
        }
    }

    static async Task<IResult> AuthorizeAsync(
        HttpContext context, UserManager<Account> accounts, IOpenIddictApplicationManager applications,
        IOpenIddictAuthorizationManager authorizations, Unit unit, LoginSettings settings, TimeProvider clock)
    {
        var cancellation = context.RequestAborted;
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("OpenIddict reads the request first.");
        var signedIn = await context.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        var browser = context.Features.Get<LoginSession>();
        var account = signedIn.Succeeded && browser is not null ? await accounts.FindByIdAsync(browser.Subject) : null;
        if (account is null || browser is null || IsTooOld(request, browser, clock))
        {
            if (request.HasPromptValue(PromptValues.None)) return Refuse(Errors.LoginRequired, "Nobody is signed in.");
            return Results.Redirect(BrowserSession.SignInPage + "?returnUrl=" + Uri.EscapeDataString("/connect/authorize" + QueryWithoutPrompt(context)));
        }
        if (request.ClientId == Clients.BackOffice)
        {
            if (!account.IsStaff) return Refuse(Errors.AccessDenied, "The back office is for staff.");
            // Whoever has no second factor makes one first; whoever has one proves it.
            if (!browser.HasSecondFactor)
            {
                var next = account.TwoFactorEnabled || (await accounts.GetPasskeysAsync(account)).Count > 0 ? BrowserSession.SignInPage + "?staff=1&returnUrl=" : "/account/security?staff=1&returnUrl=";
                return Results.Redirect(next + Uri.EscapeDataString("/connect/authorize" + QueryWithoutPrompt(context)));
            }
        }

        var application = await applications.FindByClientIdAsync(request.ClientId!, cancellation) ?? throw new InvalidOperationException("OpenIddict knows the client.");
        var applicationId = (await applications.GetIdAsync(application, cancellation))!;
        var scopes = request.GetScopes();
        var now = clock.GetUtcNow();
        var session = await unit.RunAsync(async tx =>
        {
            var authorization = await authorizations.CreateAsync(
                new ClaimsPrincipal(new ClaimsIdentity()), account.Id, applicationId, AuthorizationTypes.AdHoc, [.. scopes], cancellation);
            var sid = (await authorizations.GetIdAsync(authorization, cancellation))!;
            var made = new LoginSession(sid, LoginSession.Client, account.Id, request.ClientId, browser.Id, browser.Agent, browser.Methods,
                browser.SignedInAt, now, now + settings.SessionLifetime);
            await SessionStore.AddAsync(tx, made);
            return made;
        }, cancellation);
        return Results.SignIn(Tokens.PrincipalOf(account, session, scopes), properties: null, Scheme);
    }

    /// <summary>The client asked for a fresh sign-in, and the present one is not.</summary>
    static bool IsTooOld(OpenIddictRequest request, LoginSession browser, TimeProvider clock) =>
        request.HasPromptValue(PromptValues.Login) || request.MaxAge is { } seconds && clock.GetUtcNow() - browser.SignedInAt > TimeSpan.FromSeconds(seconds);

    /// <summary>Once signed in, one is not asked again: the prompt is answered, and the rest of the request goes on.</summary>
    static QueryString QueryWithoutPrompt(HttpContext context) =>
        QueryString.Create(context.Request.Query.Where(parameter => parameter.Key != Parameters.Prompt));

    static async Task<IResult> ExchangeAsync(HttpContext context, UserManager<Account> accounts, SessionStore sessions, LoginSettings settings, TimeProvider clock)
    {
        // The principal of the code or refresh token, which OpenIddict has checked, used up, and found unused before.
        var presented = (await context.AuthenticateAsync(Scheme)).Principal;
        if (presented?.GetAuthorizationId() is not { } sid
            || await sessions.FindAsync(sid, context.RequestAborted) is not { } session
            || await accounts.FindByIdAsync(session.Subject) is not { IsDisabled: false } account)
        {
            return Refuse(Errors.InvalidGrant, "This session has ended.");
        }
        await sessions.SeenAsync(session.Id, clock.GetUtcNow() + settings.SessionLifetime, context.RequestAborted);
        // Roles as they are now, not as they were.
        return Results.SignIn(Tokens.PrincipalOf(account, session, presented.GetScopes()), properties: null, Scheme);
    }

    /// <summary>Ends the session that the client names by its ID token, and this browser's with all that came from it.</summary>
    static async Task<IResult> LogoutAsync(HttpContext context, Endings endings)
    {
        var hint = (await context.AuthenticateAsync(Scheme)).Principal;
        if (hint?.FindFirstValue("sid") is { } sid && hint.GetClaim(Claims.Subject) is { } subject)
        {
            await endings.OneAsync(subject, sid, context.RequestAborted);
        }
        else if ((await context.AuthenticateAsync(IdentityConstants.ApplicationScheme)).Succeeded)
        {
            // Any site could lead a browser here: without the ID token the shopper is asked.
            return Results.Redirect("/account/signout");
        }
        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
        return Results.SignOut(new AuthenticationProperties { RedirectUri = "/account/signedout" }, [Scheme]);
    }

    static async Task<IResult> UserInfoAsync(HttpContext context, UserManager<Account> accounts)
    {
        var token = (await context.AuthenticateAsync(Scheme)).Principal;
        if (token?.GetClaim(Claims.Subject) is not { } subject || await accounts.FindByIdAsync(subject) is not { IsDisabled: false } account)
        {
            return Results.Challenge(new AuthenticationProperties(), [Scheme]);
        }
        return TypedResults.Ok(new UserInfo(
            account.Id, token.HasScope(Scopes.Email) ? account.Email : null, token.HasScope(Scopes.Email) ? account.EmailConfirmed : null));
    }

    static IResult Refuse(string error, string words) => Results.Forbid(new AuthenticationProperties(new Dictionary<string, string?>
    {
        [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
        [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = words,
    }), [Scheme]);
}

/// <summary>What a client with the scope <c>email</c> may know of who signed in.</summary>
sealed record UserInfo(string Sub, string? Email, bool? EmailVerified);
