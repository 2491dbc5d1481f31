using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Souk.Login.Connect;
using Souk.Login.Keys;
using Souk.Login.Staff;

namespace Souk.Login.Partners;

/// <summary>
/// Keys for partners' programs: signed tokens with scopes, shown once and never kept, checked by every service by itself.
/// Revoked twice, one stays revoked.
/// </summary>
static class PartnerKeys
{
    const int NameLengthMax = 100;
    const int DaysMax = 365;

    /// <summary>What a key may be good for.</summary>
    static readonly string[] KnownScopes = ["catalog:write", "stock:read", "stock:write", "orders:read", "orders:write"];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/login/partner-keys", CreateAsync).WithName("CreatePartnerKey").AllowPublic().ForStaff();
        app.MapGet("/api/login/partner-keys", ListAsync).WithName("ReadPartnerKeys").AllowPublic().ForStaff();
        app.MapDelete("/api/login/partner-keys/{id}", RevokeAsync).WithName("RevokePartnerKey").AllowPublic().ForStaff();
    }

    static async Task<Results<Ok<NewPartnerKey>, Refusal>> CreateAsync(
        PartnerKeyRequest request, HttpContext context, PartnerKeyStore store, KeyRing keys, LoginSettings settings, IIdSource ids, TimeProvider clock)
    {
        var name = request.Name.Trim();
        if (name.Length is 0 or > NameLengthMax || name.Any(char.IsControl)) return LoginRefusals.PartnerNameInvalid;
        var scopes = request.Scopes.Distinct(StringComparer.Ordinal).ToList();
        if (scopes.Count == 0 || scopes.Exists(scope => !KnownScopes.Contains(scope))) return LoginRefusals.PartnerScopesInvalid(KnownScopes);
        if (request.Days is < 1 or > DaysMax) return LoginRefusals.PartnerDaysInvalid;

        var now = clock.GetUtcNow();
        var credentials = keys.Credentials;
        var key = new PartnerKey(ids.NewId(), name, scopes, context.Bearer().Subject, now, now.AddDays(request.Days), null);
        await store.AddAsync(key, credentials.Key.KeyId, context.RequestAborted);
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = "key+jwt",
            Issuer = settings.PublicUrl.AbsoluteUri,
            Audience = Tokens.Audience,
            IssuedAt = now.UtcDateTime,
            Expires = key.ExpiresAt.UtcDateTime,
            SigningCredentials = credentials,
            Claims = new Dictionary<string, object>
            {
                ["sub"] = "partner:" + key.Id,
                ["sid"] = key.Id,
                ["scope"] = string.Join(' ', scopes),
                ["role"] = Array.Empty<string>(),
            },
        });
        return TypedResults.Ok(new NewPartnerKey(PartnerKeyView.Of(key), token));
    }

    static async Task<Ok<PartnerKeysView>> ListAsync(PartnerKeyStore store, CancellationToken cancellation) =>
        TypedResults.Ok(new PartnerKeysView([.. (await store.AllAsync(cancellation)).Select(PartnerKeyView.Of)]));

    static async Task<Results<NoContent, Refusal>> RevokeAsync(string id, PartnerKeyStore store, TrustNews news, CancellationToken cancellation)
    {
        if (!await store.RevokeAsync(id, cancellation)) return LoginRefusals.PartnerKeyUnknown;
        news.Set();
        return TypedResults.NoContent();
    }
}

/// <summary>A key to be made.</summary>
sealed record PartnerKeyRequest(string Name, IReadOnlyList<string> Scopes, int Days);

/// <summary>The key itself, this once.</summary>
sealed record NewPartnerKey(PartnerKeyView Key, string Token);

/// <summary>The latest first.</summary>
sealed record PartnerKeysView(IReadOnlyList<PartnerKeyView> Items);

/// <summary>What a key may do, and until when.</summary>
sealed record PartnerKeyView(
    string Id, string Name, IReadOnlyList<string> Scopes, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt)
{
    public static PartnerKeyView Of(PartnerKey key) => new(key.Id, key.Name, key.Scopes, key.CreatedBy, key.CreatedAt, key.ExpiresAt, key.RevokedAt);
}
