using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>
/// Where to and how: contact, address, shipping, and what it all costs. What was typed is kept before anybody is asked,
/// so a service that is down loses nothing. The card is entered at the provider's page, which comes back here.
/// </summary>
public sealed class CheckoutModel(ShopperCart shopper, ShopperCheckout checkout, IOrdering ordering, IPayment payment, ISettings settings, Parts parts, Budgets budgets, Outside outside) : ShopPage
{
    const int TokenMax = 200;

    public Draft Draft { get; private set; } = null!;

    /// <summary>Null: it could not be had.</summary>
    public Quote? Quote { get; private set; }

    /// <summary>Of whoever has signed in; none where they cannot be had: the form is there all the same.</summary>
    public IReadOnlyList<SavedAddress> Saved { get; private set; } = [];

    public IReadOnlyDictionary<string, string> Wrong { get; private set; } = new Dictionary<string, string>();

    public async Task<IActionResult> OnGetAsync(bool check, string? wrong)
    {
        IsCheckout();
        if (await shopper.IdAsync() is not { } cartId) return SeeOther("/cart");
        if (checkout.Draft is { IsSent: true } sent && sent.CartId == cartId) return SeeOther("/checkout/review");
        var saved = SavedAsync();
        if (checkout.Draft is { } known)
        {
            // A new cart is another order; the address is still the same.
            Draft = known.CartId == cartId ? known : checkout.New(cartId, known.Typed);
            if (Draft != known) checkout.Keep(Draft);
        }
        else if (checkout.Placed is { } placed && placed.CartId == cartId)
        {
            var last = await LastOrderAsync(placed);
            if (last?.Outcome is "pending" or "confirmed" && await IsInCartStillAsync(placed)) return SeeOther("/order/" + last.Id);
            Draft = checkout.New(cartId, last is null ? null : Draft.TypedFor(last));
            // Where it cannot be asked for, the next try may still find the address.
            if (last is not null) checkout.Keep(Draft);
        }
        else
        {
            Saved = await saved;
            checkout.Keep(Draft = checkout.New(cartId, FirstTyped()));
        }
        if (check) Wrong = Field.Wrong(Draft);
        if (Field.All.FirstOrDefault(field => field.Name == wrong) is { } refused)
        {
            Wrong = new Dictionary<string, string>(Wrong) { [refused.Name] = $"This cannot be taken: {refused.Label}." };
        }

        if (!(await checkout.QuoteAsync(Draft)).Has(out var answer)) SayUnavailable();
        else if (answer.Code is "order.cart_empty" or "cart.cart_unknown") return SeeOther("/cart?notice=nothing-to-buy");
        else if (answer.Code is "order.country_unserved") Wrong = new Dictionary<string, string>(Wrong) { ["country"] = $"We do not send to {Countries.NameOf(Draft.Country)} yet. Choose another country." };
        else if (answer.Code is "order.country_invalid") Wrong = new Dictionary<string, string>(Wrong) { ["country"] = Field.Country.Missing! };
        else if (answer.Value is null) SayUnavailable();
        (Quote, Saved) = (answer?.Value, await saved);
        return Page();
    }

    /// <summary>Keeps what was typed, and shows what it costs then.</summary>
    public async Task<IActionResult> OnPostUpdateAsync()
    {
        if (await TypedAsync() is not { } draft) return SeeOther("/cart");
        checkout.Keep(draft);
        return SeeOther("/checkout");
    }

    /// <summary>Fills the form with an address that was saved.</summary>
    public async Task<IActionResult> OnPostUseAsync(string? use)
    {
        if (await TypedAsync() is not { } draft) return SeeOther("/cart");
        if ((await SavedAsync()).FirstOrDefault(one => one.Id == use) is { } saved && !draft.IsSent)
        {
            draft = draft with { Typed = new Dictionary<string, string>(saved.Typed) { ["email"] = draft["email"] } };
        }
        checkout.Keep(draft);
        return SeeOther("/checkout");
    }

    /// <summary>Leads to the provider's page, once everything is told and the sum is the one that was seen.</summary>
    public async Task<IActionResult> OnPostPayAsync(string? seen)
    {
        if (await TypedAsync() is not { } draft) return SeeOther("/cart");
        checkout.Keep(draft);
        if (draft.IsSent) return SeeOther("/checkout/review");
        if (Field.Wrong(draft).Count > 0) return SeeOther("/checkout?check=true#wrong");
        if (!(await checkout.QuoteAsync(draft)).Has(out var answer)) return SeeOther("/checkout?notice=till-away");
        if (answer.Value is not { } quote) return SeeOther("/checkout?check=true#wrong");

        draft = draft with { Option = quote.ShippingOption, Seen = quote.Total.Amount };
        checkout.Keep(draft);
        if (seen != quote.Total.Amount.ToString(CultureInfo.InvariantCulture)) return SeeOther("/checkout?notice=sum-changed#sum");
        return draft.PaymentMethod is null ? await ToProviderAsync(draft, quote.Total) : SeeOther("/checkout/review");
    }

    /// <summary>Another card than the one that was entered.</summary>
    public async Task<IActionResult> OnPostCardAsync()
    {
        if (checkout.Draft is not { IsSent: false } draft) return SeeOther("/checkout/review");
        return (await checkout.QuoteAsync(draft)).Has(out var answer) && answer.Value is { } quote
            ? await ToProviderAsync(draft, quote.Total) : SeeOther("/checkout/review?notice=till-away");
    }

    /// <summary>Back from the provider's page. Nothing is bought by coming back.</summary>
    public IActionResult OnGetReturn(string? ticket, [FromQuery(Name = "payment_method")] string? token)
    {
        if (checkout.Draft is not { IsSent: false } draft) return SeeOther("/checkout/review");
        if (ticket != draft.Ticket || !IsToken(token)) return SeeOther("/checkout?notice=card-lost");
        checkout.Keep(draft with { PaymentMethod = token });
        return SeeOther("/checkout/review");
    }

    /// <summary>A provider's name for a card. What could be a card's number itself is not taken, kept or passed on.</summary>
    internal static bool IsToken(string? text) => text is { Length: > 0 and <= TokenMax }
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-') && text.Any(char.IsAsciiLetter);

    async Task<IActionResult> ToProviderAsync(Draft draft, Money total)
    {
        var reference = "checkout-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(draft.Key)))[..16];
        var page = new PageRequest(reference, total,
            outside.Address(Request, "/checkout/return?ticket=" + draft.Ticket), outside.Address(Request, "/checkout?notice=card-cancelled"));
        var part = await parts.FetchAsync("payment page", budgets.Payment, cancellation => payment.PageAsync(page, cancellation), HttpContext.RequestAborted);
        return part.Has(out var address) ? SeeOther(address) : SeeOther("/checkout?notice=payment-away");
    }

    /// <summary>The draft with what the form says; a draft that was sent stays as it is.</summary>
    async Task<Draft?> TypedAsync()
    {
        if (await shopper.IdAsync() is not { } cartId) return null;
        var draft = checkout.Draft is { } known && known.CartId == cartId ? known : checkout.New(cartId);
        if (draft.IsSent) return draft;
        return draft with
        {
            Typed = Field.All.ToDictionary(field => field.Name, field => field.Clean(Request.Form[field.Name])),
            Option = Request.Form["option"].ToString() is { Length: > 0 and <= 100 } option ? option : draft.Option,
        };
    }

    async Task<IReadOnlyList<SavedAddress>> SavedAsync() => !HasSignedIn ? []
        : (await parts.FetchAsync("addresses", budgets.Order, settings.AddressesAsync, HttpContext.RequestAborted)).Or(new SavedAddresses([])).Items;

    /// <summary>What is known of whoever has signed in, before they have typed anything; null: nothing.</summary>
    Dictionary<string, string>? FirstTyped() => !HasSignedIn ? null
        : new Dictionary<string, string>(Saved.OrderByDescending(one => one.IsDefault).Select(one => one.Typed).FirstOrDefault()
            ?? checkout.New("").Typed)
        { ["email"] = SignedInAs };

    /// <summary>The order that this cart was bought with last; null where it cannot be had.</summary>
    async Task<Order?> LastOrderAsync(Placed placed) => (await parts.FetchAsync("order", budgets.Order,
        cancellation => ordering.OrderAsync(placed.OrderId, cancellation), HttpContext.RequestAborted)).Or(new Answer<Order>(null)).Value;

    /// <summary>Whether what that order bought has not left the cart yet; whatever is in it later is another purchase.</summary>
    async Task<bool> IsInCartStillAsync(Placed placed) => (await shopper.ReadAsync()).Has(out var cart) && cart.Version == placed.CartVersion;
}
