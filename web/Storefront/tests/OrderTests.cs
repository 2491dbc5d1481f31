using System.Net;

namespace Souk.Storefront.Tests;

/// <summary>An order's page: it says how it stands, and offers what can be done.</summary>
public sealed class OrderTests
{
    [Fact]
    public async Task A_payment_that_is_not_known_is_told_truthfully_and_looked_at_again()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, order) = await PlacedAsync(shop, "unknown");
        Assert.Contains("We are still hearing from the payment provider", order.Text, StringComparison.Ordinal);
        Assert.Contains("you will not be charged twice", order.Text, StringComparison.Ordinal);
        Assert.Contains("we write to you at noor@example.com", order.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("is confirmed", order.Text, StringComparison.Ordinal);
        Assert.Contains("<noscript><meta http-equiv=\"refresh\" content=\"30;url=/order/order-1\"></noscript>", order.Html, StringComparison.Ordinal);

        shop.Store.Ordering.Move(shop.Store.Ordering.Last, "Authorized", "Pinned", "Confirmed", "Captured", "StockCommitted", "ShipmentRequested", "Completed");
        order = await shopper.GetAsync("/order/order-1");
        Assert.Contains("Thank you. Your order is confirmed", order.Text, StringComparison.Ordinal);
        Assert.Contains("The payment provider did not answer in time", order.Text, StringComparison.Ordinal);

        FakeOrdering.Ship(shop.Store.Ordering.Last, "in_transit");
        Assert.Contains("Your order is on its way", (await shopper.GetAsync("/order/order-1")).Text, StringComparison.Ordinal);
        FakeOrdering.Ship(shop.Store.Ordering.Last, "delivered");
        order = await shopper.GetAsync("/order/order-1");
        Assert.Contains("Your order has arrived", order.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("refresh", order.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_decline_another_card_pays_the_same_order()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, order) = await PlacedAsync(shop, "declined");
        Assert.Contains("Your card was declined", order.Text, StringComparison.Ordinal);
        Assert.Contains("There is not enough money on this card. Nothing was charged.", order.Text, StringComparison.Ordinal);

        var away = await shopper.PostAsync(order, "/order/order-1/pay", "same-origin");
        Assert.StartsWith("http://localhost:8082/", away.Response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        shop.Store.Ordering.NextCard = "authorized";
        order = await CheckoutTests.BackWithCardAsync(shop, shopper);
        Assert.Contains("Your order is confirmed", order.Text, StringComparison.Ordinal);
        Assert.Single(shop.Store.Ordering.Orders);

        // Going back to where the card came in pays nothing more.
        await CheckoutTests.BackWithCardAsync(shop, shopper);
        Assert.Equal(2, shop.Store.Ordering.Last["payment"]!["attempt"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_card_that_could_not_be_passed_on_is_sent_again_as_the_same()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, order) = await PlacedAsync(shop, "declined");
        await shopper.PostAsync(order, "/order/order-1/pay", "same-origin");
        shop.Store.Ordering.LoseAnswers = 1;
        shop.Store.Ordering.NextCard = "unknown";
        var page = await CheckoutTests.BackWithCardAsync(shop, shopper);
        Assert.Contains("We could not pass your card on just now", page.Text, StringComparison.Ordinal);
        page = await CheckoutTests.BackWithCardAsync(shop, shopper);
        Assert.Contains("We are still hearing from the payment provider", page.Text, StringComparison.Ordinal);
        Assert.Equal(2, shop.Store.Ordering.Last["payment"]!["attempt"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_third_decline_offers_no_other_card()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, order) = await PlacedAsync(shop, "declined");
        shop.Store.Ordering.Last["payment"]!["attempt"] = 3;
        shop.Store.Ordering.Last["canPayAgain"] = false;
        Assert.DoesNotContain("another card", (await shopper.GetAsync("/order/order-1")).Text, StringComparison.Ordinal);
        Assert.Equal("/order/order-1?notice=pay-late", (await shopper.PostAsync(order, "/order/order-1/pay", "same-origin")).Response.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("http://localhost:8082/3ds/auth_1", true), InlineData("https://bank.example/challenge", true)]
    [InlineData("http://bank.example/challenge", false), InlineData("javascript:alert(1)", false)]
    public async Task A_bank_that_asks_is_a_link_away(string bank, bool isShown)
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, order) = await PlacedAsync(shop, "requires_customer");
        Assert.Contains("Your bank wants to hear from you", order.Text, StringComparison.Ordinal);
        FakeOrdering.Pay(shop.Store.Ordering.Last, "requires_customer", bank: bank);
        order = await shopper.GetAsync("/order/order-1");
        Assert.Equal(isShown, order.Html.Contains($"href=\"{bank}\"", StringComparison.Ordinal));
        Assert.Equal(isShown, order.Text.Contains("Go to your bank", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_order_is_cancelled_as_long_as_it_can_be()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, order) = await PlacedAsync(shop, "unknown");
        Assert.Contains("Cancel this order", order.Text, StringComparison.Ordinal);
        var cancelled = await shopper.SubmitAsync(order, "/order/order-1/cancel");
        Assert.Contains("This order is cancelled", cancelled.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Cancel this order", cancelled.Text, StringComparison.Ordinal);
        var late = await shopper.SubmitAsync(order, "/order/order-1/cancel");
        Assert.Contains("This order cannot be cancelled any more.", late.Text, StringComparison.Ordinal);
        Assert.Contains("Check out", (await shopper.GetAsync("/checkout")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_is_found_by_its_number_and_address_alone()
    {
        await using var shop = await Shop.StartAsync();
        await PlacedAsync(shop, "unknown");
        var guest = shop.Shopper();
        var find = await guest.GetAsync("/orders/find");
        var wrong = await guest.SubmitAsync(find, "/orders/find", ("number", "7k2m9qx1"), ("email", "other@example.com"));
        Assert.Contains("We find no order with this number and this email address", wrong.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"7K2M9QX1\"", wrong.Html, StringComparison.Ordinal);
        Assert.Contains("value=\"other@example.com\"", wrong.Html, StringComparison.Ordinal);
        var found = await guest.SubmitAsync(wrong, "/orders/find", ("number", " 7k2m9qx1 "), ("email", "noor@example.com"));
        Assert.Contains("Order 7K2M9QX1", found.Text, StringComparison.Ordinal);

        shop.Store.Moods["ordering"] = Mood.Down;
        var away = await guest.SubmitAsync(find, "/orders/find", ("number", "7K2M9QX1"), ("email", "noor@example.com"));
        Assert.Contains("Orders cannot be looked up just now", away.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_that_cannot_be_shown_is_safe_and_an_unknown_one_is_not_there()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, _) = await PlacedAsync(shop, "authorized");
        shop.Store.Moods["ordering"] = Mood.Down;
        var page = await shopper.GetAsync("/order/order-1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Contains("Your order is safe", page.Text, StringComparison.Ordinal);
        shop.Store.Moods["ordering"] = Mood.Well;
        Assert.Equal(HttpStatusCode.NotFound, (await shopper.GetAsync("/order/none")).Status);
    }

    [Theory]
    [InlineData("Rejected", "payment: card_declined", "It could not be paid. Nothing was charged")]
    [InlineData("Rejected", "customer_absent", "Your bank’s question was not answered in time")]
    [InlineData("Rejected", "out_of_stock: MOON-VASE", "there is not enough left")]
    [InlineData("NeedsAttention", null, "a person of ours has been called")]
    [InlineData("Cancelling", null, "We are taking this order back")]
    public async Task Every_end_is_told_in_words(string state, string? reason, string words)
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, _) = await PlacedAsync(shop, "unknown");
        shop.Store.Ordering.Last["reason"] = reason;
        shop.Store.Ordering.Move(shop.Store.Ordering.Last, state);
        Assert.Contains(words, (await shopper.GetAsync("/order/order-1")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refund_is_told()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, _) = await PlacedAsync(shop, "authorized");
        shop.Store.Ordering.Last["refunded"] = FakeStore.Money(1000);
        shop.Store.Ordering.Last["outcome"] = "partially_refunded";
        var order = await shopper.GetAsync("/order/order-1");
        Assert.Contains("Paid; €10.00 of it refunded", order.Text, StringComparison.Ordinal);
        Assert.Contains("Refunded −€10.00", order.Text, StringComparison.Ordinal);
    }

    static async Task<(Shopper Shopper, Page Order)> PlacedAsync(Shop shop, string card)
    {
        shop.Store.Ordering.NextCard = card;
        var (shopper, review) = await CheckoutTests.AtReviewAsync(shop);
        return (shopper, await shopper.SubmitAsync(review, "/checkout/review"));
    }
}
