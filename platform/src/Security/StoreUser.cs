using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Souk.Platform.Security;

/// <summary>Who a request is made for, as the user's token proves it: a person who has signed in, or a partner's program.</summary>
public sealed class StoreUser
{
    /// <summary>The role of those who work in the store.</summary>
    public const string StaffRole = "staff";

    /// <summary>The role of those who answer customers: they look, and change nothing.</summary>
    public const string SupportRole = "support";

    /// <summary>The type of a person's token, in its header.</summary>
    internal const string PersonType = "at+jwt";

    /// <summary>The type of a partner's key, in its header.</summary>
    internal const string PartnerType = "key+jwt";

    internal StoreUser(JsonWebToken token, string text)
    {
        Token = text;
        KeyId = token.Kid;
        Subject = token.Subject;
        SessionId = token.GetPayloadValue<string>("sid");
        IsPartner = token.Typ == PartnerType;
        Roles = Values(token, "role");
        Scopes = [.. Values(token, "scope").SelectMany(scopes => scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        HasSecondFactor = Values(token, "amr").Contains("mfa");
        IssuedAt = new DateTimeOffset(token.IssuedAt, TimeSpan.Zero).ToUnixTimeSeconds();
        Expires = new DateTimeOffset(token.ValidTo, TimeSpan.Zero);
    }

    /// <summary>Whom the token is about: an opaque text that never changes; <c>partner:…</c> for a partner.</summary>
    public string Subject { get; }

    /// <summary>One sign-in in one client, or a partner's key: what is revoked together.</summary>
    public string SessionId { get; }

    /// <summary>Whether it is a partner's program, and no person.</summary>
    public bool IsPartner { get; }

    /// <summary><c>customer</c>, <c>support</c>, <c>staff</c>; none for a partner.</summary>
    public IReadOnlyList<string> Roles { get; }

    /// <summary>What a partner's key is good for, such as <c>catalog:write</c>.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>Whether a second factor or a passkey was used to sign in.</summary>
    public bool HasSecondFactor { get; }

    /// <summary>The token itself, to be passed on.</summary>
    public string Token { get; }

    /// <summary>Whether it is somebody of the store's staff who showed a second factor.</summary>
    public bool IsStaff => HasSecondFactor && Roles.Contains(StaffRole);

    /// <summary>Whether it is somebody of staff or support who showed a second factor.</summary>
    public bool IsSupport => HasSecondFactor && (Roles.Contains(StaffRole) || Roles.Contains(SupportRole));

    internal string KeyId { get; }

    internal long IssuedAt { get; }

    /// <summary>When the token is good no longer.</summary>
    public DateTimeOffset Expires { get; }

    // A claim of one value is a text, of many a list; the token's own reading makes a claim of each.
    static IReadOnlyList<string> Values(JsonWebToken token, string claim) =>
        [.. token.Claims.Where(one => one.Type == claim).Select(one => one.Value)];
}

/// <summary>Reads of a request whom it is made for.</summary>
public static class StoreUserExtensions
{
    /// <summary>The user whose valid token came with the request; null for a guest, and on routes that have no users.</summary>
    public static StoreUser? StoreUser(this HttpContext context) => context.Features.Get<StoreUser>();

    /// <summary>The person who has signed in; null for a guest and for a partner's program.</summary>
    public static StoreUser? Customer(this HttpContext context) =>
        context.StoreUser() is { IsPartner: false } person ? person : null;
}
