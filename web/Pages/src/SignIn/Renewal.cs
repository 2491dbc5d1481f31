using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Souk.Pages.SignIn;

/// <summary>
/// The user of a session. Its token is good for an hour and is renewed in the second half of it, so that Login may be away for
/// half an hour and nobody notices. A session that Login has ended goes; one whose Login is away stays, and
/// is a guest's once its token has run out.
/// </summary>
sealed class Renewal(SessionStore sessions, UserSessions users, LoginClient login, TimeProvider clock)
{
    static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(30);

    public async Task<StoreUser?> UserAsync(HttpContext context, ClaimsPrincipal principal, AuthenticationProperties kept)
    {
        if (kept.GetTokenValue(OpenIdConnectParameterNames.AccessToken) is not { } token) return null;
        var user = await users.UserAsync(token);
        if (user is not null && user.Expires - clock.GetUtcNow() > RenewBefore) return user;

        if (kept.GetTokenValue(OpenIdConnectParameterNames.RefreshToken) is not { } refresh
            || SessionStore.KeyOf(kept) is not { } key || !await sessions.MayRenewAsync(key)) return user;
        TokenAnswer? answer;
        try
        {
            answer = await login.RenewAsync(refresh, context.RequestAborted);
        }
        catch (Exception error) when (LoginClient.IsFault(error, context.RequestAborted))
        {
            return user;
        }
        if (answer is null)
        {
            await context.SignOutAsync(SignInSetup.Session);
            return null;
        }
        kept.UpdateTokenValue(OpenIdConnectParameterNames.AccessToken, answer.AccessToken);
        kept.UpdateTokenValue(OpenIdConnectParameterNames.RefreshToken, answer.RefreshToken);
        kept.UpdateTokenValue("expires_at", (clock.GetUtcNow() + TimeSpan.FromSeconds(answer.ExpiresIn)).ToString("o", CultureInfo.InvariantCulture));
        await sessions.RenewAsync(key, new AuthenticationTicket(principal, kept, SignInSetup.Session));
        return await users.UserAsync(answer.AccessToken);
    }
}
