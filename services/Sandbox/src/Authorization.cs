using System.Text.Json.Serialization;

namespace Souk.Sandbox;

/// <summary>
/// Money that a card's bank has promised, or refused, and its rules. It is a value: a change gives the next one, or the
/// code of a definite no.
/// </summary>
/// <param name="Id">The provider's name for it; unguessable, because it is also the address of the bank's page.</param>
/// <param name="Key">The key under which it was asked for: its entry in the ledger has it.</param>
/// <param name="Reference">The shop's name for it.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Amount">In minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Captured">How much was taken; at most the amount.</param>
/// <param name="Refunded">How much went back; at most what was taken.</param>
/// <param name="DeclineCode">Why the bank said no.</param>
/// <param name="ReturnUrl">Where the customer goes after the bank's page.</param>
/// <param name="Brand">Of the card.</param>
/// <param name="Last4">All that is known of its number.</param>
/// <param name="CreatedAt">When it was asked for.</param>
sealed record Authorization(
    string Id, string Key, string Reference, string State, long Amount, string Currency, long Captured, long Refunded,
    string? DeclineCode, string? ReturnUrl, string Brand, string Last4, DateTimeOffset CreatedAt)
{
    /// <summary>After this a bank gives the money free again.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>As it is at a time: nobody has to come by for a promise to run out.</summary>
    public Authorization At(DateTimeOffset now) =>
        State is States.Authorized or States.RequiresAction && now - CreatedAt >= Lifetime
            ? this with { State = States.Expired } : this;

    /// <summary>A new one, as the card decides.</summary>
    public static Decision Ask(string id, AuthorizationAsked asked, Card? card, DateTimeOffset now)
    {
        var fresh = new Authorization(
            id, asked.Key, asked.Reference, States.Declined, asked.Amount, asked.Currency, 0, 0,
            null, asked.ReturnUrl, card?.Brand ?? "unknown", card?.Last4 ?? "", now);
        return card?.Behaviour switch
        {
            null => new(fresh with { DeclineCode = "payment_method_unknown" }, null, States.Declined),
            Behaviour.Declined => new(fresh with { DeclineCode = "card_declined" }, null, States.Declined),
            Behaviour.InsufficientFunds => new(fresh with { DeclineCode = "insufficient_funds" }, null, States.Declined),
            Behaviour.ThreeDSecure => new(fresh with { State = States.RequiresAction }, null, States.RequiresAction),
            _ => fresh.Authorize(),
        };
    }

    /// <summary>Takes the money, once, all of it or less.</summary>
    public Decision Capture(long amount) =>
        State != States.Authorized ? Decision.No("not_capturable")
        : amount > Amount ? Decision.No("amount_too_large")
        : new(this with { State = States.Captured, Captured = amount }, new Entry(Key: null, "capture", amount), "captured");

    /// <summary>Gives the promise back.</summary>
    public Decision Void() => State is States.Authorized or States.RequiresAction
        ? new(this with { State = States.Voided }, new Entry(Key: null, "void", Amount), "voided")
        : Decision.No("not_voidable");

    /// <summary>Gives taken money back; in parts, as often as there is some left.</summary>
    public Decision Refund(long amount) =>
        State != States.Captured ? Decision.No("not_refundable")
        : amount > Captured - Refunded ? Decision.No("amount_too_large")
        : new(this with { Refunded = Refunded + amount }, new Entry(Key: null, "refund", amount), "refunded");

    /// <summary>The customer has answered the bank; an answer given before stays.</summary>
    public Decision Confirm(bool isApproved) =>
        State != States.RequiresAction ? Decision.No("answered_already")
        : isApproved ? Authorize()
        : new(this with { State = States.Declined, DeclineCode = "authentication_failed" }, null, States.Declined);

    Decision Authorize() =>
        new(this with { State = States.Authorized }, new Entry(Key, "authorize", Amount), States.Authorized);
}

/// <summary>The states of an authorisation.</summary>
static class States
{
    public const string Authorized = "authorized";
    public const string Declined = "declined";
    public const string RequiresAction = "requires_action";
    public const string Captured = "captured";
    public const string Voided = "voided";
    public const string Expired = "expired";
}

/// <summary>What a shop asks for, under which key.</summary>
sealed record AuthorizationAsked(string Key, string Reference, long Amount, string Currency, string? ReturnUrl);

/// <summary>What came of a request: the authorisation after it with what is booked and told, or the code of a no.</summary>
readonly record struct Decision(Authorization? Authorization, Entry? Entry, string Code)
{
    public bool IsNo => Authorization is null;

    public static Decision No(string code) => new(null, null, code);
}

/// <summary>A row of the ledger; without a key of its own it has the request's.</summary>
sealed record Entry(string? Key, string Kind, long Amount);

/// <summary>An authorisation as the shop sees it.</summary>
sealed record AuthorizationView(
    string Id, string Reference, string State, long Amount, string Currency, long Captured, long Refunded,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DeclineCode = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextActionUrl = null)
{
    public static AuthorizationView Of(Authorization authorization, ProviderSettings settings) => new(
        authorization.Id, authorization.Reference, authorization.State, authorization.Amount, authorization.Currency,
        authorization.Captured, authorization.Refunded, authorization.CreatedAt, authorization.DeclineCode,
        authorization.State == States.RequiresAction
            ? new Uri(settings.Provider, "/3ds/" + authorization.Id).ToString() : null);
}

/// <summary>What the provider reads and writes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuthorizeRequest))]
[JsonSerializable(typeof(AmountRequest))]
[JsonSerializable(typeof(AuthorizationView))]
[JsonSerializable(typeof(AuthorizationsView))]
[JsonSerializable(typeof(LedgerView))]
[JsonSerializable(typeof(DefiniteNo))]
[JsonSerializable(typeof(WebhookView))]
[JsonSerializable(typeof(Switches))]
sealed partial class SandboxJson : JsonSerializerContext;
