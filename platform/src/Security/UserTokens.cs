using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Souk.Platform.Security;

/// <summary>
/// Judges users' tokens by what Login said last, and never by asking it: JWTs signed with ES256 for the audience
/// <c>souk</c>. A token's signature is checked once; whether it has expired or was revoked, at every request.
/// </summary>
sealed class UserTokens(TimeProvider clock)
{
    const string Audience = "souk";
    const int TokenLengthMax = 8 * 1024;
    const int VerifiedMax = 4096;
    static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    volatile State? _state;

    /// <summary>What Login said last; null: it was never heard, and no token can be judged.</summary>
    public Trust? Trust
    {
        get => _state?.Trust;
        set
        {
            var before = _state;
            // What other keys have proved is proved no longer.
            _state = value is null ? null
                : new State(value, before is not null && before.Trust.HasSameKeys(value.Content) ? before.Verified : new VerifiedTokens(VerifiedMax));
        }
    }

    /// <summary>The user that a token proves; null: none, whatever is wrong with it.</summary>
    /// <param name="token">The token, as it came.</param>
    /// <exception cref="TrustUnknownException">Login was never heard.</exception>
    public ValueTask<StoreUser?> UserAsync(ReadOnlyMemory<char> token)
    {
        var state = _state ?? throw new TrustUnknownException();
        return state.Verified.Find(token.Span) is { } user ? new(Living(user, state.Trust)) : VerifyAsync(token.ToString(), state);
    }

    StoreUser? Living(StoreUser user, Trust trust) =>
        user.Expires + ClockSkew > clock.GetUtcNow() && !trust.IsRevoked(user) ? user : null;

    async ValueTask<StoreUser?> VerifyAsync(string text, State state)
    {
        if (text.Length > TokenLengthMax || !_handler.CanReadToken(text)) return null;
        var now = clock.GetUtcNow();
        JsonWebToken token;
        try
        {
            token = _handler.ReadJsonWebToken(text);
        }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException)
        {
            return null; // not what it looks like
        }
        if (state.Trust.Key(token.Kid) is not { } key) return null;
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = state.Trust.Content.Issuer,
            ValidAudience = Audience,
            IssuerSigningKey = key,
            ValidTypes = [StoreUser.PersonType, StoreUser.PartnerType],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (from, until, _, _) => until > (now - ClockSkew).UtcDateTime
                && (from is null || from <= (now + ClockSkew).UtcDateTime),
        });
        if (!result.IsValid || !IsWhole(token) || token.IssuedAt > (now + ClockSkew).UtcDateTime) return null;

        var user = new StoreUser(token, text);
        state.Verified.Add(text, user);
        return Living(user, state.Trust);
    }

    /// <summary>A token without one of these could never be revoked.</summary>
    static bool IsWhole(JsonWebToken token) =>
        token.Subject is { Length: > 0 } && token.TryGetPayloadValue<string>("sid", out var session) && session is { Length: > 0 }
        && token.TryGetPayloadValue<long>("iat", out _)
        && (token.Typ == StoreUser.PartnerType) == token.Subject.StartsWith("partner:", StringComparison.Ordinal);

    sealed record State(Trust Trust, VerifiedTokens Verified);
}

/// <summary>Login has never been heard, so that no token can be judged: a fault of ours, answered 503.</summary>
sealed class TrustUnknownException() : Exception("Login has not been heard yet.");
