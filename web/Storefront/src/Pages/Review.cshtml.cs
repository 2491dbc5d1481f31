using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>
/// Everything at a glance, and the button that buys. The button sends what the page showed, sealed: address, sum and
/// key. Pressed twice, gone back to or sent again after a fault, it is one order.
/// </summary>
public sealed class ReviewModel(ShopperCheckout checkout, Seal seal, IOrdering ordering, Parts parts, Budgets budgets) : ShopPage
{
    public Draft Draft { get; private set; } = null!;

    public Quote? Quote { get; private set; }

    /// <summary>What the button sends; null: there is nothing to agree to just now.</summary>
    public string? Order { get; private set; }

    public Money? Total { get; private set; }

    /// <summary>The sum that was seen before, where it is another now.</summary>
    public Money? Before { get; private set; }

    /// <summary>The order that has this cart.</summary>
    public string? BusyWith { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        IsCheckout();
        if (checkout.Draft is not { } draft) return SeeOther(checkout.Placed is { } placed ? "/order/" + placed.OrderId : "/checkout");
        if (draft.PaymentMethod is null || Field.Wrong(draft).Count > 0) return SeeOther("/checkout?check=true#wrong");
        Draft = draft;
        BusyWith = checkout.Placed is { } last && last.CartId == draft.CartId ? last.OrderId : null;

        var quoted = await checkout.QuoteAsync(draft);
        Quote = quoted.Or(new Answer<Quote>(null)).Value;
        if (draft.IsSent)
        {
            // It is asked again as it was sent; another sum would be another order.
            Order = seal.Close(draft);
            if (Quote?.QuoteHash != draft.QuoteHash) Quote = null;
            Total = Quote?.Total;
            return Page();
        }
        if (Quote is null)
        {
            if (quoted.IsOk) return SeeOther("/checkout");
            SayUnavailable();
            return Page();
        }
        Total = Quote.Total;
        if (draft.Seen is { } seen && seen != Total.Amount) Before = Total with { Amount = seen };
        Order = seal.Close(draft with
        {
            Option = Quote.ShippingOption,
            Seen = Total.Amount,
            CartVersion = Quote.CartVersion,
            QuoteHash = Quote.QuoteHash,
        });
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string? order)
    {
        var draft = seal.Open(order)?.Draft;
        // This page was sent before, and its answer has arrived: whoever went back is led to it.
        if (checkout.Placed is { Key.Length: > 0 } placed && placed.Key == draft?.Key) return SeeOther("/order/" + placed.OrderId);
        if (draft?.ToOrder() is not { } request) return SeeOther("/checkout/review?notice=order-refused");

        // Not given up with its browser: a second click ends the first request, and a closed tab has still pressed the button.
        var part = await parts.FetchAsync("order", budgets.OrderChange, cancellation => ordering.PlaceAsync(request, draft.Key, cancellation));
        if (!part.Has(out var answer) || answer.Code == "request.in_progress" && answer.OrderId is null)
        {
            checkout.Keep(draft with { IsSent = true });
            return SeeOther("/checkout/review?notice=order-unknown");
        }
        if (answer.Value is { } done)
        {
            checkout.Finish(draft, done.Id);
            var missing = OrderStory.MissingOf(done);
            return SeeOther(missing.Count == 0 ? "/order/" + done.Id : CartWithout(missing));
        }
        return Refused(draft, answer);
    }

    StatusCodeResult Refused(Draft draft, Answer<Order> answer)
    {
        if (answer.Code == "request.in_progress")
        {
            checkout.Finish(draft, answer.OrderId!);
            return SeeOther("/order/" + answer.OrderId);
        }
        var fresh = checkout.Renew(draft);
        if (answer.Code == "cart.in_checkout" && answer.OrderId is { } busy) checkout.Keep(fresh, busy);
        else checkout.Keep(fresh);
        if (answer.Refusal?.Skus is { Count: > 0 } skus) return SeeOther(CartWithout(skus));
        return SeeOther(answer.Code switch
        {
            "order.price_changed" or "order.cart_changed" => "/checkout/review?notice=sum-changed",
            "cart.in_checkout" => "/checkout/review?notice=in-checkout",
            "request.idempotency_key_reused" => "/checkout/review?notice=sent-before",
            "order.cart_empty" or "cart.cart_unknown" => "/cart?notice=nothing-to-buy",
            "order.country_unserved" or "order.country_invalid" or "order.shipping_option_unknown" => "/checkout?check=true",
            "order.payment_method_invalid" => "/checkout?notice=card-lost",
            { } code when FieldOf(code) is { } field => $"/checkout?wrong={field}#wrong",
            _ => "/checkout/review?notice=order-refused",
        });
    }

    static string? FieldOf(string code) => Field.All.FirstOrDefault(field => code == $"order.{field.Name}_invalid")?.Name;

    static string CartWithout(IEnumerable<string> skus) =>
        "/cart?notice=short" + string.Concat(skus.Select(sku => "&short=" + Uri.EscapeDataString(sku)));
}
