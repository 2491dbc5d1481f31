using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using Souk.Login.Accounts;
using Souk.Login.Sessions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Souk.Login.Connect;

/// <summary>What a token says: who, in which session, proved how, with which roles. No address and no name.</summary>
static class Tokens
{
    /// <summary>The audience of all tokens: the store's services.</summary>
    public const string Audience = "souk";

    public static ClaimsPrincipal PrincipalOf(Account account, LoginSession session, IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity("souk", Claims.Name, Claims.Role);
        identity.AddClaim(new Claim(Claims.Subject, account.Id));
        identity.AddClaim(new Claim("sid", session.Id));
        identity.AddClaim(new Claim(Claims.AuthenticationTime, session.SignedInAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64));
        // Lists, also where there is one of them.
        identity.AddClaim(new Claim(Claims.Role, JsonSerializer.Serialize(account.RoleList, LoginJson.Default.IReadOnlyListString), JsonClaimValueTypes.JsonArray));
        identity.AddClaim(new Claim(Claims.AuthenticationMethodReference, JsonSerializer.Serialize(session.Methods, LoginJson.Default.IReadOnlyListString), JsonClaimValueTypes.JsonArray));
        if (account.Email is { } email)
        {
            identity.AddClaim(new Claim(Claims.Email, email));
            identity.AddClaim(new Claim(Claims.EmailVerified, account.EmailConfirmed ? "true" : "false", ClaimValueTypes.Boolean));
        }
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes);
        principal.SetResources(Audience);
        principal.SetAuthorizationId(session.Id);
        principal.SetDestinations(claim => claim.Type switch
        {
            // The address goes to the client that asked for it, never into what every service sees.
            Claims.Email or Claims.EmailVerified => principal.HasScope(Scopes.Email) ? [Destinations.IdentityToken] : [],
            _ => [Destinations.AccessToken, Destinations.IdentityToken],
        });
        return principal;
    }
}
