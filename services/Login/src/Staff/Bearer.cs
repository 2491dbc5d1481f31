using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Souk.Login.Connect;
using Souk.Login.Keys;

namespace Souk.Login.Staff;

/// <summary>Who a request's access token speaks for.</summary>
public sealed record Bearer(string Subject, string SessionId);

/// <summary>
/// Checks the access tokens that Login's own API is called with. Login has the keys and the revocations at hand, so it asks
/// its own database; every other service has copies.
/// </summary>
public sealed class BearerCheck(KeyRing keys, TrustStore trust, LoginSettings settings, TimeProvider clock)
{
    readonly JsonWebTokenHandler _tokens = new() { MapInboundClaims = false };

    /// <summary>The claims of a living access token, or null.</summary>
    public async Task<ClaimsIdentity?> ReadAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization is not [{ } header] || !header.StartsWith("Bearer ", StringComparison.Ordinal)) return null;
        var now = clock.GetUtcNow();
        var result = await _tokens.ValidateTokenAsync(header["Bearer ".Length..], new TokenValidationParameters
        {
            ValidIssuer = settings.PublicUrl.AbsoluteUri,
            ValidAudience = Tokens.Audience,
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = keys.Published,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (from, until, _, _) =>
                (from is null || from <= (now + LoginSettings.ClockSkew).UtcDateTime) && until > (now - LoginSettings.ClockSkew).UtcDateTime,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token || !token.TryGetPayloadValue<string>("sid", out var sid)) return null;
        var issuedAt = new DateTimeOffset(token.IssuedAt, TimeSpan.Zero).ToUnixTimeSeconds();
        return await trust.IsRevokedAsync(sid, token.Subject, issuedAt, context.RequestAborted) ? null : result.ClaimsIdentity;
    }
}

static class BearerExtensions
{
    /// <summary>The route needs a living access token: 401 without.</summary>
    public static RouteHandlerBuilder ForSignedIn(this RouteHandlerBuilder route) => route.WithMetadata(new UserPolicy(UserKind.Person));

    /// <summary>The route needs the token of staff who proved a second factor: 403 otherwise.</summary>
    public static RouteHandlerBuilder ForStaff(this RouteHandlerBuilder route) => route.WithMetadata(new UserPolicy(UserKind.Staff));

    /// <summary>Judges the token of such routes before anything else of the request is looked at: a stranger learns of no rule.</summary>
    public static void UseBearer(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<UserPolicy>() is { Kind: not UserKind.Anyone } policy)
        {
            var user = await context.RequestServices.GetRequiredService<BearerCheck>().ReadAsync(context);
            if (Refuse(policy, user, context) is { } refusal)
            {
                await refusal.ExecuteAsync(context);
                return;
            }
            context.Features.Set(new Bearer(user!.FindFirst("sub")!.Value, user.FindFirst("sid")!.Value));
        }
        await next(context);
    });

    public static Bearer Bearer(this HttpContext context) => context.Features.GetRequiredFeature<Bearer>();

    static Refusal? Refuse(UserPolicy policy, ClaimsIdentity? user, HttpContext context)
    {
        if (user is null) return context.Request.Headers.Authorization.Count == 0 ? LoginRefusals.TokenMissing : LoginRefusals.TokenInvalid;
        if (policy.Kind != UserKind.Staff) return null;
        if (!user.HasClaim("role", "staff")) return LoginRefusals.NotStaff;
        return user.HasClaim("amr", "mfa") ? null : LoginRefusals.SecondFactorNeeded;
    }
}
