using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Souk.Platform.Security;

/// <summary>
/// Who a service is towards the others: it signs short-lived tokens with its own key, and checks those of its
/// callers with their public keys. A token is a JWT (ES256): <c>iss</c> the caller, <c>aud</c> the callee.
/// </summary>
public sealed class ServiceIdentity
{
    /// <summary>The header that carries the token. <c>Authorization</c> stays free for the user's.</summary>
    public const string Header = "Souk-Identity";

    /// <summary>How long a token is good: 5 minutes, renewed one minute before.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);
    static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);
    const int AcceptedMax = 1000;

    readonly ServiceKeys _keys;
    readonly TimeProvider _clock;
    readonly JsonWebTokenHandler _tokens = new() { SetDefaultTimesOnTokenCreation = false };
    readonly Lazy<SigningCredentials> _own;
    readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Expires)> _issued = new(StringComparer.Ordinal);
    // A caller sends the same token for minutes: its signature is checked once.
    readonly ConcurrentDictionary<string, (string Caller, DateTimeOffset Expires)> _accepted = new(StringComparer.Ordinal);

    /// <summary>The identity of one service.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="keys">Where the keys are.</param>
    /// <param name="clock">The time that tokens are issued and checked by.</param>
    public ServiceIdentity(string service, ServiceKeys keys, TimeProvider clock)
    {
        Service = service;
        _keys = keys;
        _clock = clock;
        _own = new(() => new SigningCredentials(keys.Own(service), SecurityAlgorithms.EcdsaSha256));
    }

    /// <summary>The service's name.</summary>
    public string Service { get; }

    /// <summary>Reads the own key, making it at the first start; a start that cannot do so must fail.</summary>
    public void Load() => _ = _own.Value;

    /// <summary>A token for calls to one service; the same one until it is about to expire.</summary>
    /// <param name="audience">The service to be called.</param>
    public string TokenFor(string audience)
    {
        var now = _clock.GetUtcNow();
        if (_issued.TryGetValue(audience, out var issued) && issued.Expires - now > RenewBefore) return issued.Token;
        var expires = now + Lifetime;
        var token = _tokens.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Service,
            Audience = audience,
            Subject = new ClaimsIdentity([new Claim(JwtRegisteredClaimNames.Sub, Service)]),
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            SigningCredentials = _own.Value,
        });
        _issued[audience] = (token, expires);
        return token;
    }

    /// <summary>The caller that a token proves, or null: unsigned, forged, expired, or meant for another service.</summary>
    /// <param name="token">The header's value.</param>
    public async ValueTask<string?> CallerAsync(string token)
    {
        var now = _clock.GetUtcNow();
        if (_accepted.TryGetValue(token, out var accepted))
        {
            if (accepted.Expires > now) return accepted.Caller;
            _accepted.TryRemove(token, out _);
        }

        if (!_tokens.CanReadToken(token) || _tokens.ReadToken(token) is not JsonWebToken unverified) return null;
        if (_keys.Public(unverified.Issuer) is not { } key) return null;
        var result = await _tokens.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = unverified.Issuer,
            ValidAudience = Service,
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (from, until, _, _) =>
                from <= (now + ClockSkew).UtcDateTime && until > (now - ClockSkew).UtcDateTime,
        });
        if (!result.IsValid) return null;

        // Callers are few; a flood of valid tokens is no reason to grow.
        if (_accepted.Count >= AcceptedMax) _accepted.Clear();
        _accepted[token] = (unverified.Issuer, new DateTimeOffset(unverified.ValidTo, TimeSpan.Zero) + ClockSkew);
        return unverified.Issuer;
    }
}
