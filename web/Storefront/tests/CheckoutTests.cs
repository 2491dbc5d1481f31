using System.Net;
using System.Text.Json.Nodes;

namespace Souk.Storefront.Tests;

/// <summary>Buying, without any script: from the cart to an order, and what may come between.</summary>
public sealed class CheckoutTests
{
    static readonly (string, string)[] Typed =
    [
        ("email", "noor@example.com"), ("name", "Noor Haddad"), ("line1", "Torstraße 1"), ("line2", ""), ("postal_code", "10119"),
        ("city", "Berlin"), ("region", ""), ("country", "DE"), ("phone", ""),
    ];

    [Fact]
    public async Task A_shopper_without_scripts_buys_what_is_in_the_cart()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = await WithCartAsync(shop);
        var cart = await shopper.GetAsync("/cart");
        Assert.Contains("href=\"/checkout\"", cart.Html, StringComparison.Ordinal);

        var checkout = await shopper.GetAsync("/checkout");
        Assert.Contains("Standard parcel", checkout.Text, StringComparison.Ordinal);
        Assert.Contains("Total €53.90", checkout.Text, StringComparison.Ordinal);
        Assert.Contains("Included tax, 19 % €8.60", checkout.Text, StringComparison.Ordinal);

        // Another way to send it, chosen without a script, costs something else at once.
        checkout = await shopper.FollowAsync(await shopper.PostAsync(checkout, "/checkout/pay", "same-origin", [.. Typed, ("option", "express")], to: "/checkout/update"));
        Assert.Contains("Total €61.90", checkout.Text, StringComparison.Ordinal);
        Assert.Contains("Torstraße 1", WebUtility.HtmlDecode(checkout.Html), StringComparison.Ordinal);

        var pay = await shopper.PostAsync(checkout, "/checkout/pay", "same-origin");
        Assert.StartsWith("http://localhost:8082/pay?reference=", pay.Response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var asked = shop.Store.Ordering.Pages.Single();
        Assert.Equal(6190, asked["amount"]!["amount"]!.GetValue<long>());

        var review = await BackWithCardAsync(shop, shopper);
        Assert.Contains("Noor Haddad", review.Text, StringComparison.Ordinal);
        Assert.Contains("Place order and pay €61.90", review.Text, StringComparison.Ordinal);
        Assert.Empty(shop.Store.Ordering.Orders);

        var order = await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Contains("Thank you. Your order is confirmed", order.Text, StringComparison.Ordinal);
        Assert.Contains("7K2M9QX1", order.Text, StringComparison.Ordinal);
        Assert.Contains("SK7Q2M4X9A", order.Text, StringComparison.Ordinal);
        Assert.Contains("Paid.", order.Text, StringComparison.Ordinal);
        Assert.Equal("pm_card_success", shop.Store.Ordering.Last["paymentMethod"]!.GetValue<string>());

        // The cookie of the cart goes on.
        Assert.Contains(", 0 items", order.Badge, StringComparison.Ordinal);
        await shopper.SubmitAsync(await shopper.GetAsync("/product/tall-mug"), "/cart/add");
        Assert.Single(shop.Store.Carts);
        Assert.Contains("Check out", (await shopper.GetAsync("/checkout")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_double_click_is_one_order()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => shopper.PostAsync(review, "/checkout/review", "same-origin")));
        Assert.All(answers, answer => Assert.Equal("/order/order-1", answer.Response.Headers.Location!.OriginalString));
        Assert.Single(shop.Store.Ordering.Orders);
    }

    [Fact]
    public async Task A_second_click_while_the_first_is_under_way_leads_to_the_order()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        shop.Store.Ordering.NextCard = "unknown";
        shop.Store.Ordering.IsUnderWay = true;
        var order = await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Contains("We are still hearing from the payment provider", order.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Going_back_after_the_order_finds_the_order()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        shop.Store.Ordering.NextCard = "unknown";
        await shopper.SubmitAsync(review, "/checkout/review");
        // The page that the browser kept, its button pressed once more; and the pages before it, asked for anew.
        Assert.Equal("/order/order-1", (await shopper.PostAsync(review, "/checkout/review", "same-origin")).Response.Headers.Location!.OriginalString);
        Assert.Equal("/order/order-1", (await shopper.GetAsync("/checkout/review")).Response.Headers.Location!.OriginalString);
        Assert.Equal("/order/order-1", (await shopper.GetAsync("/checkout")).Response.Headers.Location!.OriginalString);
        Assert.Single(shop.Store.Ordering.Orders);
    }

    [Fact]
    public async Task The_same_can_be_bought_again_and_the_address_is_known_by_then()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        await shopper.SubmitAsync(review, "/checkout/review");
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");

        // Where the order cannot be asked for its address, the next try still can.
        shop.Store.Moods["ordering"] = Mood.Down;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await shopper.GetAsync("/checkout")).Status);
        shop.Store.Moods["ordering"] = Mood.Well;
        var checkout = await shopper.GetAsync("/checkout");
        Assert.Contains("value=\"Noor Haddad\"", checkout.Html, StringComparison.Ordinal);

        // A card is entered anew, and the order is another one.
        Assert.StartsWith("http://localhost:8082/", (await shopper.PostAsync(checkout, "/checkout/pay", "same-origin")).Response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        await shopper.SubmitAsync(await BackWithCardAsync(shop, shopper), "/checkout/review");
        Assert.Equal(2, shop.Store.Ordering.Orders.Count);
    }

    [Fact]
    public async Task A_reload_and_a_closed_tab_keep_the_key_and_what_was_typed()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        var again = await shopper.GetAsync("/checkout/review");
        // Another tab of the same browser: it knows the cookies and nothing else.
        Assert.Contains("value=\"Noor Haddad\"", (await shopper.GetAsync("/checkout")).Html, StringComparison.Ordinal);
        await shopper.SubmitAsync(again, "/checkout/review");
        await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Single(shop.Store.Ordering.Orders);
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_asked_for_again_with_the_same_key()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        shop.Store.Ordering.LoseAnswers = 1;
        var unsure = await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Contains("We have not heard yet whether your order arrived", unsure.Text, StringComparison.Ordinal);

        // Nothing can be changed in what may have arrived.
        var address = await shopper.GetAsync("/checkout");
        Assert.Equal("/checkout/review", address.Response.Headers.Location!.OriginalString);
        await shopper.PostAsync(review, "/checkout/review", "same-origin", ("x", "y"));
        var order = await shopper.SubmitAsync(unsure, "/checkout/review");
        Assert.Contains("Your order is confirmed", order.Text, StringComparison.Ordinal);
        Assert.Single(shop.Store.Ordering.Orders);
    }

    [Theory, InlineData(Mood.Down), InlineData(Mood.Silent), InlineData(Mood.Broken)]
    public async Task Without_ordering_nothing_that_was_typed_is_lost(Mood mood)
    {
        await using var shop = await Shop.StartAsync(budget: TimeSpan.FromMilliseconds(700));
        var shopper = await WithCartAsync(shop);
        var checkout = await shopper.GetAsync("/checkout");
        shop.Store.Moods["ordering"] = mood;
        var page = await shopper.SubmitAsync(checkout, "/checkout/pay", Typed);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Contains("The till is not answering just now", page.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Noor Haddad\"", page.Html, StringComparison.Ordinal);

        shop.Store.Moods["ordering"] = Mood.Well;
        page = await shopper.FollowAsync(await shopper.PostAsync(page, "/checkout/pay", "same-origin", [], to: "/checkout/update"));
        Assert.Contains("Total €53.90", page.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Noor Haddad\"", page.Html, StringComparison.Ordinal);
    }

    [Theory, InlineData(Mood.Down), InlineData(Mood.Silent), InlineData(Mood.Broken)]
    public async Task Without_payment_nothing_that_was_typed_is_lost(Mood mood)
    {
        await using var shop = await Shop.StartAsync(budget: TimeSpan.FromMilliseconds(700));
        var shopper = await WithCartAsync(shop);
        shop.Store.Moods["payment"] = mood;
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", Typed);
        Assert.Contains("The payment provider is not answering just now", page.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Noor Haddad\"", page.Html, StringComparison.Ordinal);
    }

    [Theory, InlineData("/checkout"), InlineData("/checkout/review"), InlineData("/order/order-1"), InlineData("/orders/find")]
    public async Task Every_page_of_a_checkout_answers_while_every_service_is_silent(string path)
    {
        await using var shop = await Shop.StartAsync(budget: TimeSpan.FromMilliseconds(700));
        var (shopper, _) = await AtReviewAsync(shop);
        foreach (var service in shop.Store.Moods.Keys.ToList()) shop.Store.Moods[service] = Mood.Silent;
        var page = await shopper.GetAsync(path).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        Assert.Contains("</html>", page.Html, StringComparison.Ordinal);
        Assert.Equal(path == "/orders/find" ? 200 : 503, (int)page.Status);
    }

    [Fact]
    public async Task An_order_that_cannot_be_sent_is_kept_and_sent_later()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        shop.Store.Moods["ordering"] = Mood.Down;
        var page = await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Contains("Noor Haddad", page.Text, StringComparison.Ordinal);
        shop.Store.Moods["ordering"] = Mood.Well;
        Assert.Contains("Your order is confirmed", (await shopper.SubmitAsync(page, "/checkout/review")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sum_that_changed_on_the_way_to_the_card_is_shown_first()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = await WithCartAsync(shop);
        var checkout = await shopper.GetAsync("/checkout");
        Raise(shop);
        var page = await shopper.SubmitAsync(checkout, "/checkout/pay", Typed);
        Assert.Contains("The total has changed since you saw it", page.Text, StringComparison.Ordinal);
        Assert.Contains("Total €104.90", page.Text, StringComparison.Ordinal);
        Assert.Empty(shop.Store.Ordering.Pages);
        // Without a script a shopper may choose a country and press the button at once.
        var abroad = await shopper.SubmitAsync(page, "/checkout/pay", ("country", "AT"));
        Assert.Contains("Total €111.90", abroad.Text, StringComparison.Ordinal);
        Assert.Empty(shop.Store.Ordering.Pages);
        Assert.Equal(HttpStatusCode.SeeOther, (await shopper.PostAsync(abroad, "/checkout/pay", "same-origin")).Status);
        Assert.Single(shop.Store.Ordering.Pages);
    }

    [Fact]
    public async Task A_sum_that_changed_before_the_order_is_shown_and_asked_again()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        Raise(shop);
        var changed = await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Empty(shop.Store.Ordering.Orders);
        Assert.Contains("The total has changed since you saw it", changed.Text, StringComparison.Ordinal);
        Assert.Contains("It was €53.90 when you saw it last; it is €104.90 now.", changed.Text, StringComparison.Ordinal);
        Assert.Contains("Place order and pay €104.90", changed.Text, StringComparison.Ordinal);
        var order = await shopper.SubmitAsync(changed, "/checkout/review");
        Assert.Contains("Your order is confirmed", order.Text, StringComparison.Ordinal);
        Assert.Equal(10490, shop.Store.Ordering.Last["total"]!["amount"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_cart_that_is_being_bought_leads_to_its_order()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        shop.Store.Ordering.NextCard = "unknown";
        await shopper.SubmitAsync(review, "/checkout/review");
        // More is put into the cart, and bought again, before the first order is decided.
        await shopper.SubmitAsync(await shopper.GetAsync("/product/tall-mug"), "/cart/add");
        await shopper.FollowAsync(await shopper.PostAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", "same-origin", [.. Typed], to: "/checkout/update"));
        await shopper.PostAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", "same-origin");
        var page = await shopper.SubmitAsync(await BackWithCardAsync(shop, shopper), "/checkout/review");
        Assert.Contains("being bought already, with another order", page.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/order/order-1\"", page.Html, StringComparison.Ordinal);
        Assert.Single(shop.Store.Ordering.Orders);
        // And when that order has ended, this one goes through.
        shop.Store.Ordering.Move(shop.Store.Ordering.Last, "Cancelled");
        shop.Store.Ordering.NextCard = "authorized";
        Assert.Contains("Your order is confirmed", (await shopper.SubmitAsync(page, "/checkout/review")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_out_of_stock_is_named_and_the_cart_is_kept()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        shop.Store.Ordering.OutOfStock.Add("MOON-VASE");
        var cart = await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Contains("Somebody was quicker", cart.Text, StringComparison.Ordinal);
        Assert.Contains("Not enough left of this one", cart.Text, StringComparison.Ordinal);
        Assert.Contains("Moon vase", cart.Text, StringComparison.Ordinal);
        var order = await shopper.GetAsync("/order/order-1");
        Assert.Contains("We could not complete this order", order.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing was charged", order.Text, StringComparison.Ordinal);

        // The next checkout begins with the same address.
        shop.Store.Ordering.OutOfStock.Clear();
        Assert.Contains("value=\"Noor Haddad\"", (await shopper.GetAsync("/checkout")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_told_at_its_field()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = await WithCartAsync(shop);
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", ("email", "noor"), ("name", "Noor"), ("city", "  "));
        Assert.Contains("Please look at this again", page.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"#email\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("aria-describedby=\"city-wrong\"", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("aria-describedby=\"name-wrong\"", page.Html, StringComparison.Ordinal);
        Assert.Contains("value=\"Noor\"", page.Html, StringComparison.Ordinal);
        Assert.Empty(shop.Store.Ordering.Pages);
    }

    [Fact]
    public async Task What_only_ordering_knows_to_be_wrong_is_told_at_its_field()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        shop.Store.Ordering.Refusal = (400, new JsonObject { ["code"] = "order.postal_code_invalid" });
        var page = await shopper.SubmitAsync(review, "/checkout/review");
        Assert.Contains("This cannot be taken: Postal code.", page.Text, StringComparison.Ordinal);
        shop.Store.Ordering.Refusal = null;
        await shopper.SubmitAsync(page, "/checkout/pay", ("postal_code", "10115"));
        Assert.Contains("confirmed", (await shopper.SubmitAsync(await shopper.GetAsync("/checkout/review"), "/checkout/review")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_country_that_is_not_served_is_told()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = await WithCartAsync(shop);
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", [.. Typed, ("country", "KP")]);
        Assert.Contains("We do not send to North Korea yet", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_anything_to_buy_there_is_no_checkout()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        Assert.Equal("/cart", (await shopper.GetAsync("/checkout")).Response.Headers.Location!.OriginalString);
        shopper = await WithCartAsync(shop);
        shop.Store.Carts.Single().Remove("MOON-VASE");
        Assert.Equal("/cart?notice=nothing-to-buy", (await shopper.GetAsync("/checkout")).Response.Headers.Location!.OriginalString);
        Assert.DoesNotContain("href=\"/checkout\"", (await shopper.GetAsync("/cart")).Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?payment_method=pm_card_success"), InlineData("?ticket=other&payment_method=pm_card_success")]
    [InlineData("?ticket=OWN&payment_method=4242424242424242"), InlineData("?ticket=OWN&payment_method=<b>"), InlineData("?ticket=OWN")]
    public async Task A_card_that_does_not_belong_to_the_checkout_is_not_taken(string query)
    {
        await using var shop = await Shop.StartAsync();
        var shopper = await WithCartAsync(shop);
        await shopper.PostAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", "same-origin", Typed);
        var own = shop.Store.Ordering.Pages.Single()["returnUrl"]!.GetValue<string>().Split("ticket=")[1];
        var page = await shopper.FollowAsync(await shopper.GetAsync("/checkout/return" + query.Replace("OWN", own, StringComparison.Ordinal)));
        Assert.Contains("We could not match that card to your checkout", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("4242", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_payment_that_is_not_the_providers_is_not_gone_to()
    {
        await using var shop = await Shop.StartAsync();
        shop.Store.Ordering.ProviderPage = "https://evil.example/pay?reference=";
        var shopper = await WithCartAsync(shop);
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", Typed);
        Assert.Contains("The payment provider is not answering just now", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_browser_keeps_is_sealed()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await AtReviewAsync(shop);
        var cookie = shopper.SetCookies.Last(cookie => cookie.StartsWith("__Host-souk-checkout=", StringComparison.Ordinal));
        foreach (var part in new[] { "; secure", "; httponly", "; samesite=lax", "; path=/" }) Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Noor", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("pm_card", cookie, StringComparison.Ordinal);

        // Altered, it is nothing.
        var sealedOrder = System.Text.RegularExpressions.Regex.Match(review.Html, "name=\"order\" value=\"([^\"]+)\"").Groups[1].Value;
        var altered = sealedOrder[..40] + (sealedOrder[40] == 'A' ? 'B' : 'A') + sealedOrder[41..];
        await shopper.PostAsync(review, "/checkout/review", "same-origin", ("order", altered));
        Assert.Empty(shop.Store.Ordering.Orders);
        shopper.Cookies["__Host-souk-checkout"] = altered;
        Assert.DoesNotContain("Noor", (await shopper.GetAsync("/checkout")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_address_in_any_script_fits_into_what_the_browser_keeps()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = await WithCartAsync(shop);
        var typed = Field.All.ToDictionary(field => field.Name, field => field == Field.Email ? string.Concat(Enumerable.Repeat("a", 188)) + "@example.com"
            : field == Field.Country ? "DE" : string.Concat(Enumerable.Repeat("東", field.LengthMax + 50)));
        await shopper.PostAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", "same-origin", [.. typed.Select(pair => (pair.Key, pair.Value))]);
        var review = await BackWithCardAsync(shop, shopper);
        Assert.Contains("東東", WebUtility.HtmlDecode(review.Html), StringComparison.Ordinal);
        Assert.True(shopper.SetCookies.Max(cookie => cookie.Length) < 4096);
        Assert.Contains("confirmed", (await shopper.SubmitAsync(review, "/checkout/review")).Text, StringComparison.Ordinal);
    }

    static void Raise(Shop shop) => shop.Store.Carts.Single().Line("MOON-VASE")!["unitPrice"] = FakeStore.Money(10000);

    internal static async Task<Shopper> WithCartAsync(Shop shop)
    {
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        return shopper;
    }

    /// <summary>Everything is told, the card is entered.</summary>
    internal static async Task<(Shopper Shopper, Page Review)> AtReviewAsync(Shop shop, Shopper? who = null)
    {
        var shopper = who ?? await WithCartAsync(shop);
        await shopper.PostAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", "same-origin", Typed);
        return (shopper, await BackWithCardAsync(shop, shopper));
    }

    /// <summary>As the provider's page does it.</summary>
    internal static async Task<Page> BackWithCardAsync(Shop shop, Shopper shopper)
    {
        var back = shop.Store.Ordering.Pages[^1]["returnUrl"]!.GetValue<string>();
        Assert.StartsWith("http://localhost", back, StringComparison.Ordinal);
        return await shopper.FollowAsync(await shopper.GetAsync(new Uri(back).PathAndQuery + (back.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "payment_method=pm_card_success"));
    }
}
