using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;

namespace Souk.Storefront;

/// <summary>
/// A checkout before it is an order. The shop keeps none: the shopper's own browser keeps it, sealed, so that a
/// reload, a closed tab or a service that is down loses nothing that was typed.
/// </summary>
public sealed record Draft
{
    /// <summary>The order's Idempotency-Key: sent twice, it is one order.</summary>
    public required string Key { get; init; }

    /// <summary>What the provider's page gives back with a card: a card from elsewhere is not taken.</summary>
    public required string Ticket { get; init; }

    public required string CartId { get; init; }

    /// <summary>Contact and address by <see cref="Field"/>'s names.</summary>
    public IReadOnlyDictionary<string, string> Typed { get; init; } = new Dictionary<string, string>();

    public string? Option { get; init; }

    /// <summary>The provider's token for the card; a card's number is never seen here.</summary>
    public string? PaymentMethod { get; init; }

    /// <summary>The total that the shopper has seen last.</summary>
    public long? Seen { get; init; }

    // What was agreed to with the last button; only in what that button sends.
    public long CartVersion { get; init; }

    public string? QuoteHash { get; init; }

    /// <summary>It was sent and the answer is not known: it may only be sent again as it is.</summary>
    public bool IsSent { get; init; }

    public string this[string field] => Typed.GetValueOrDefault(field, "");

    [JsonIgnore]
    public string Country => this["country"];

    public QuoteRequest ToQuote() => new(CartId, Country, Optional("postal_code"), Option);

    /// <summary>What is ordered; null where something of it has not been told yet.</summary>
    public OrderRequest? ToOrder() => QuoteHash is null || PaymentMethod is null || Option is null || Field.Wrong(this).Count > 0 ? null
        : new OrderRequest(CartId, CartVersion, QuoteHash, this["email"], Address, Option, PaymentMethod);

    [JsonIgnore]
    public Address Address => new()
    {
        Name = this["name"],
        Line1 = this["line1"],
        Line2 = Optional("line2"),
        City = this["city"],
        PostalCode = this["postal_code"],
        Region = Optional("region"),
        Country = Country,
        Phone = Optional("phone"),
    };

    /// <summary>What an order was sent with, to begin another one from it.</summary>
    public static IReadOnlyDictionary<string, string> TypedFor(Order order) => new Dictionary<string, string>
    {
        ["email"] = order.Email,
        ["name"] = order.ShippingAddress.Name,
        ["line1"] = order.ShippingAddress.Line1,
        ["line2"] = order.ShippingAddress.Line2 ?? "",
        ["city"] = order.ShippingAddress.City,
        ["postal_code"] = order.ShippingAddress.PostalCode,
        ["region"] = order.ShippingAddress.Region ?? "",
        ["country"] = order.ShippingAddress.Country,
        ["phone"] = order.ShippingAddress.Phone ?? "",
    };

    string? Optional(string field) => this[field] is { Length: > 0 } text ? text : null;
}

/// <summary>Something to fill in. Its name is the one in Ordering's refusals: <c>order.{name}_invalid</c>.</summary>
public sealed record Field(string Name, string Label, int LengthMax, string Autocomplete, string? Missing, string Type = "text")
{
    public static readonly Field Email = new("email", "Email", 200, "email", "Enter an email address such as name@example.com.", "email");

    // All together they fit into a cookie in any script.
    public static readonly IReadOnlyList<Field> Addressee =
    [
        new("name", "Full name", 80, "name", "Enter the name of whoever takes the parcel."),
        new("line1", "Street and number", 100, "address-line1", "Enter the street and the number."),
        new("line2", "Flat, floor, company", 80, "address-line2", null),
        new("postal_code", "Postal code", 20, "postal-code", "Enter the postal code."),
        new("city", "Town or city", 80, "address-level2", "Enter the town or city."),
        new("region", "State or region", 60, "address-level1", null),
        new("phone", "Phone, for the carrier", 30, "tel", null, "tel"),
    ];

    public static readonly Field Country = new("country", "Country", 2, "country", "Choose a country.");

    public static readonly IReadOnlyList<Field> All = [Email, Country, .. Addressee];

    public bool IsRequired => Missing is not null;

    /// <summary>What was typed, as it can be kept: one line, not longer than the field.</summary>
    public string Clean(string? typed)
    {
        var text = string.Concat((typed ?? "").Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();
        if (text.Length <= LengthMax) return text;
        return text[..(char.IsHighSurrogate(text[LengthMax - 1]) ? LengthMax - 1 : LengthMax)];
    }

    /// <summary>What is missing or wrong, by the field's name.</summary>
    public static IReadOnlyDictionary<string, string> Wrong(Draft draft) => All
        .Where(field => field.IsRequired && !(field == Email ? IsEmail(draft[field.Name]) : field == Country ? Countries.Has(draft.Country) : draft[field.Name].Length > 0))
        .ToDictionary(field => field.Name, field => field.Missing!);

    /// <summary>As Ordering sees it: one @, a dot behind it, and nothing that would break a mail's header.</summary>
    static bool IsEmail(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at == text.LastIndexOf('@') && text.IndexOf('.', at) > at + 1
        && text[^1] != '.' && !text.Any(letter => char.IsWhiteSpace(letter) || letter is '<' or '>' or ',' or ';');
}

/// <summary>An order that was placed from this browser: going back finds it again.</summary>
public sealed record Placed(string Key, string OrderId, string CartId, long CartVersion);

/// <summary>What the browser keeps: the checkout it is in, the order it placed last.</summary>
public sealed record Kept(DateTimeOffset At, Draft? Draft = null, Placed? Placed = null);

/// <summary>Encrypts and signs what a browser keeps for the shop; what is altered or old is nothing.</summary>
public sealed class Seal(IDataProtectionProvider protection, TimeProvider clock)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    // Letters of every script take their own few bytes; inside a seal there is nothing to escape them for.
    static readonly KeptJson Compact = new(new JsonSerializerOptions(KeptJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    readonly IDataProtector _protector = protection.CreateProtector("checkout");

    public string Close(Draft? draft, Placed? placed = null) =>
        _protector.Protect(JsonSerializer.Serialize(new Kept(clock.GetUtcNow(), draft, placed), Compact.Kept));

    public Kept? Open(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        try
        {
            var kept = JsonSerializer.Deserialize(_protector.Unprotect(text), Compact.Kept);
            return kept is not null && clock.GetUtcNow() - kept.At < Lifetime ? kept : null;
        }
        catch (Exception error) when (error is CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(Kept))]
sealed partial class KeptJson : JsonSerializerContext;

/// <summary>The checkout of the shopper whose request this is, kept in a cookie of the browser's session.</summary>
public sealed class ShopperCheckout(
    IHttpContextAccessor http, Seal seal, IIdSource ids, IOrdering ordering, Parts parts, Budgets budgets, IConfiguration settings)
{
    const string Name = "souk-checkout";

    Kept? _kept;

    HttpContext Context => http.HttpContext!;

    public Draft? Draft => Now.Draft;

    public Placed? Placed => Now.Placed;

    Kept Now => _kept ??= seal.Open(PageCookie.Read(Context, Name)) ?? new Kept(default);

    public Draft New(string cartId, IReadOnlyDictionary<string, string>? typed = null) => new()
    {
        Key = ids.NewId(),
        Ticket = ids.NewId(),
        CartId = cartId,
        Typed = typed ?? new Dictionary<string, string> { ["country"] = settings["Storefront:Country"] ?? "DE" },
    };

    /// <summary>The same checkout under a new key: its last one has been answered with no.</summary>
    public Draft Renew(Draft draft) => draft with { Key = ids.NewId(), QuoteHash = null, CartVersion = 0, IsSent = false };

    public void Keep(Draft draft) => Write(draft, Placed);

    /// <summary>It is an order now: what was typed is Ordering's to keep.</summary>
    public void Finish(Draft draft, string orderId) => Write(null, new Placed(draft.Key, orderId, draft.CartId, draft.CartVersion));

    /// <summary>An order has this cart, though not from this draft.</summary>
    public void Keep(Draft draft, string busyWith) => Write(draft, new Placed("", busyWith, draft.CartId, 0));

    /// <summary>What the draft would cost. An option that is gone is none: the first is taken.</summary>
    public Task<Part<Answer<Quote>>> QuoteAsync(Draft draft) => parts.FetchAsync("quote", budgets.Quote, async cancellation =>
    {
        var answer = await ordering.QuoteAsync(draft.ToQuote(), cancellation);
        return answer.Code == "order.shipping_option_unknown" && draft.Option is not null
            ? await ordering.QuoteAsync(draft.ToQuote() with { ShippingOption = null }, cancellation) : answer;
    }, Context.RequestAborted);

    void Write(Draft? draft, Placed? placed)
    {
        _kept = Now with { Draft = draft, Placed = placed };
        PageCookie.Write(Context, Name, seal.Close(draft, placed));
    }
}
