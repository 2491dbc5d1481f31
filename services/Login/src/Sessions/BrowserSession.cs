using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Souk.Login.Sessions;

/// <summary>
/// A browser's session at Login: 256 random bits in a cookie, its hash in the database. Each sign-in makes a new one and ends
/// the one before, so nobody can plant a session that a shopper then signs in to.
/// </summary>
sealed class BrowserSession(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    SessionStore sessions, LoginSettings settings, LoginCookies cookies, IIdSource ids, TimeProvider clock)
    : SignInAuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SignInPage = "/account/signin";

    const string Cookie = "souk-login";
    const int KeyLengthMax = 64;
    static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(5);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (cookies.Read(Context, Cookie) is not { Length: <= KeyLengthMax } key) return AuthenticateResult.NoResult();
        if (await sessions.FindByKeyAsync(HashOf(key), Context.RequestAborted) is not { } session) return AuthenticateResult.NoResult();
        var now = clock.GetUtcNow();
        if (now - session.SeenAt > SeenEvery) await sessions.SeenAsync(session.Id, now + settings.SessionLifetime, Context.RequestAborted);
        Context.Features.Set(session);
        return AuthenticateResult.Success(new AuthenticationTicket(PrincipalOf(session), Scheme.Name));
    }

    protected override async Task HandleSignInAsync(ClaimsPrincipal user, AuthenticationProperties? properties)
    {
        await EndAsync();
        var now = clock.GetUtcNow();
        // Two ids: twice 128 bits.
        var key = ids.NewId() + ids.NewId();
        var session = new LoginSession(
            ids.NewId(), LoginSession.Browser, user.FindFirstValue("sub")!, null, null, Agent.Of(Request.Headers.UserAgent.ToString()),
            [.. user.FindAll("amr").Select(method => method.Value)], now, now, now + settings.SessionLifetime);
        await sessions.AddAsync(session, HashOf(key), Context.RequestAborted);
        cookies.Write(Context, Cookie, key, settings.SessionLifetime);
        Context.Features.Set(session);
        Context.User = PrincipalOf(session);
    }

    protected override async Task HandleSignOutAsync(AuthenticationProperties? properties)
    {
        await EndAsync();
        cookies.Delete(Context, Cookie);
        Context.Features.Set<LoginSession>(null);
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Redirect(SignInPage + "?returnUrl=" + Uri.EscapeDataString(properties.RedirectUri ?? Request.Path + Request.QueryString));
        return Task.CompletedTask;
    }

    async Task EndAsync()
    {
        if (cookies.Read(Context, Cookie) is not { Length: <= KeyLengthMax } key
            || await sessions.FindByKeyAsync(HashOf(key), Context.RequestAborted) is not { } old) return;
        await Context.RequestServices.GetRequiredService<Endings>().OneAsync(old.Subject, old.Id, Context.RequestAborted);
    }

    ClaimsPrincipal PrincipalOf(LoginSession session) => new(new ClaimsIdentity(
        [
            new Claim("sub", session.Subject),
            new Claim("sid", session.Id),
            new Claim("auth_time", session.SignedInAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            .. session.Methods.Select(method => new Claim("amr", method)),
        ], Scheme.Name, "sub", "role"));

    static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
}

/// <summary>What a browser looks like to its owner: which, and on what. No more of it is kept.</summary>
static class Agent
{
    static readonly (string Mark, string Name)[] Browsers =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];

    static readonly (string Mark, string Name)[] Systems =
        [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux")];

    public static string Of(string userAgent) => (Find(Browsers, userAgent), Find(Systems, userAgent)) switch
    {
        ({ } browser, { } system) => $"{browser} on {system}",
        ({ } browser, null) => browser,
        (null, { } system) => system,
        _ => "A browser",
    };

    static string? Find((string Mark, string Name)[] known, string userAgent) =>
        known.FirstOrDefault(one => userAgent.Contains(one.Mark, StringComparison.Ordinal)).Name;
}
