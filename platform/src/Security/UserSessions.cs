using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace Souk.Platform.Security;

/// <summary>
/// For those who keep a user's token on the server, as the pages do: judges it as a token in a request is judged, and lets the
/// request go on for its user.
/// </summary>
public sealed class UserSessions
{
    readonly UserTokens _tokens;

    internal UserSessions(UserTokens tokens) => _tokens = tokens;

    /// <summary>The store's public address, which issues tokens; null while Login was never heard.</summary>
    public string? Issuer => _tokens.Trust?.Content.Issuer;

    /// <summary>The keys that Login signs with.</summary>
    public IReadOnlyCollection<SecurityKey> Keys => _tokens.Trust?.Keys ?? [];

    /// <summary>The user that a token proves; null: expired, revoked, not one of ours, or Login was never heard.</summary>
    /// <param name="token">The token.</param>
    public async ValueTask<StoreUser?> UserAsync(string token) => Issuer is null ? null : await _tokens.UserAsync(token.AsMemory());

    /// <summary>From here on the request is this user's, and its calls carry the token where they are declared to.</summary>
    /// <param name="context">The request.</param>
    /// <param name="user">The user.</param>
    public static void Enter(HttpContext context, StoreUser user)
    {
        context.Features.Set(user);
        UserToken.Current = user.Token;
    }
}
