using System.Text.Json.Serialization;
using Souk.Login.Accounts;
using Souk.Login.Connect;
using Souk.Login.Keys;
using Souk.Login.Mails;
using Souk.Login.Partners;
using Souk.Login.Sessions;
using Souk.Login.Staff;

namespace Souk.Login;

/// <summary>Every no that Login's API says.</summary>
static class LoginRefusals
{
    public static readonly Refusal TokenMissing = Refusal.Unauthorized("token.missing", "Sign in first: this address needs an access token.");
    public static readonly Refusal TokenInvalid = Refusal.Unauthorized("token.invalid", "The access token is not good, or not any more. Sign in again.");
    public static readonly Refusal NotStaff = Refusal.Forbidden("token.not_staff", "This is for the store's staff.");
    public static readonly Refusal SecondFactorNeeded = Refusal.Forbidden("token.second_factor_needed", "Sign in with a second factor or a passkey.");
    public static readonly Refusal TrustQueryInvalid = Refusal.BadRequest("login.trust.query_invalid", "after is a position, wait 0–30 seconds.");
    public static readonly Refusal MailUnknown = Refusal.NotFound("login.mail_unknown", "There is no such mail, or its link is used or too old.");
    public static readonly Refusal SessionUnknown = Refusal.NotFound("login.session_unknown", "You have no such session.");
    public static readonly Refusal AccountUnknown = Refusal.NotFound("login.account_unknown", "There is no such account, or its address is not confirmed.");
    public static readonly Refusal AccountQueryInvalid = Refusal.BadRequest("login.account.query_invalid", "query is the beginning of an address, at most 254 characters.");
    public static readonly Refusal AccountOwn = Refusal.Conflict("login.account.own", "Nobody disables or gives roles to their own account. Ask somebody else of the staff.");
    public static readonly Refusal RolesInvalid = Refusal.BadRequest("login.account.roles_invalid", "Roles are customer, support and staff.");
    public static readonly Refusal PartnerKeyUnknown = Refusal.NotFound("login.partner_key_unknown", "There is no such key.");
    public static readonly Refusal PartnerNameInvalid = Refusal.BadRequest("login.partner_key.name_invalid", "Say whose key it is, in 1 to 100 characters.");
    public static readonly Refusal PartnerDaysInvalid = Refusal.BadRequest("login.partner_key.days_invalid", "A key is good for 1 to 365 days.");

    public static Refusal PartnerScopesInvalid(IEnumerable<string> known) =>
        Refusal.BadRequest("login.partner_key.scopes_invalid", $"A key has one scope or more, of: {string.Join(", ", known)}.");
}

/// <summary>JSON of the service's answers and events.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TrustView))]
[JsonSerializable(typeof(MailView))]
[JsonSerializable(typeof(AccountMailWanted))]
[JsonSerializable(typeof(SessionsView))]
[JsonSerializable(typeof(PartnerKeyRequest))]
[JsonSerializable(typeof(NewPartnerKey))]
[JsonSerializable(typeof(PartnerKeysView))]
[JsonSerializable(typeof(AccountsView))]
[JsonSerializable(typeof(DisableRequest))]
[JsonSerializable(typeof(RolesRequest))]
[JsonSerializable(typeof(PersonView))]
[JsonSerializable(typeof(Erasure))]
[JsonSerializable(typeof(UserInfo))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
sealed partial class LoginJson : JsonSerializerContext;
