using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Microsoft.IdentityModel.Tokens;

namespace Souk.Platform.Security;

/// <summary>
/// What a service must know to judge users' tokens by itself: who issues them, with which keys, and which of them are dead
/// before their time. It is a value, as Login told it last; news gives the next one.
/// </summary>
sealed class Trust
{
    readonly Dictionary<string, ECDsaSecurityKey> _keys;
    readonly Dictionary<string, long> _sessions = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> _subjects = new(StringComparer.Ordinal);

    public Trust(TrustNews content, Trust? before = null)
    {
        Content = content;
        _keys = before is not null && before.HasSameKeys(content) ? before._keys : Read(content.Keys);
        foreach (var revoked in content.Revoked)
        {
            if (revoked.Sid is { } session) Keep(_sessions, session, revoked.Before);
            if (revoked.Sub is { } subject) Keep(_subjects, subject, revoked.Before);
        }
    }

    /// <summary>All of it, as it is kept in a file.</summary>
    public TrustNews Content { get; }

    public IReadOnlyCollection<ECDsaSecurityKey> Keys => _keys.Values;

    public ECDsaSecurityKey? Key(string? id) => id is null ? null : _keys.GetValueOrDefault(id);

    /// <summary>Whether the user's token is dead: its session or its subject was revoked after it was issued.</summary>
    public bool IsRevoked(StoreUser user) =>
        _sessions.Count > 0 && _sessions.TryGetValue(user.SessionId, out var before) && user.IssuedAt <= before
        || _subjects.Count > 0 && _subjects.TryGetValue(user.Subject, out before) && user.IssuedAt <= before;

    /// <summary>What is known after an answer to "what came after <see cref="TrustNews.Position"/>?".</summary>
    /// <param name="news">The answer.</param>
    /// <param name="now">Revocations of tokens that have expired by now are forgotten.</param>
    public Trust With(TrustNews news, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        return new Trust(news with { Revoked = [.. Content.Revoked.Concat(news.Revoked).Where(one => one.Until > seconds).Distinct()] }, this);
    }

    public bool HasSameKeys(TrustNews news) => news.Issuer == Content.Issuer && news.Keys.SequenceEqual(Content.Keys);

    static void Keep(Dictionary<string, long> revoked, string who, long before)
    {
        if (before > revoked.GetValueOrDefault(who)) revoked[who] = before;
    }

    static Dictionary<string, ECDsaSecurityKey> Read(IReadOnlyList<TrustKey> keys) =>
        keys.Select(Read).OfType<ECDsaSecurityKey>().ToDictionary(key => key.KeyId, StringComparer.Ordinal);

    /// <summary>A key for ES256; null where it is of another kind, which is nobody's here.</summary>
    static ECDsaSecurityKey? Read(TrustKey key)
    {
        if (key is not { Kty: "EC", Crv: "P-256", Kid.Length: > 0, X: { } x, Y: { } y }) return null;
        var point = new ECPoint { X = Base64UrlEncoder.DecodeBytes(x), Y = Base64UrlEncoder.DecodeBytes(y) };
        return new ECDsaSecurityKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point })) { KeyId = key.Kid };
    }
}

/// <summary>An answer of Login's <c>GET /internal/trust</c>.</summary>
/// <param name="Issuer">The store's public address.</param>
/// <param name="Position">Of the last revocation.</param>
/// <param name="Keys">Public keys, as JWK; those that will sign soon and those that no longer do are among them.</param>
/// <param name="Revoked">Revocations after the position that was asked for.</param>
sealed record TrustNews(string Issuer, long Position, IReadOnlyList<TrustKey> Keys, IReadOnlyList<Revocation> Revoked);

/// <summary>A public key (RFC 7517, 7518).</summary>
sealed record TrustKey(string? Kid = null, string? Kty = null, string? Crv = null, string? X = null, string? Y = null);

/// <summary>Tokens that are dead: those of the session or the subject that were issued up to a moment.</summary>
/// <param name="Before">In seconds since 1970, inclusive.</param>
/// <param name="Until">When the last of them has expired by itself.</param>
/// <param name="Sid">The session; null: not by session.</param>
/// <param name="Sub">The subject; null: not by subject.</param>
sealed record Revocation(long Before, long Until, string? Sid = null, string? Sub = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TrustNews))]
sealed partial class TrustJson : JsonSerializerContext;
