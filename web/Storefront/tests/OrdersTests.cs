using System.Net;

namespace Souk.Storefront.Tests;

/// <summary>The orders of whoever has signed in.</summary>
public sealed class OrdersTests
{
    [Fact]
    public async Task A_guest_is_led_to_sign_in_and_comes_back()
    {
        await using var shop = await Shop.StartAsync();
        var page = await shop.Shopper().GetAsync("/orders");
        Assert.Equal((HttpStatusCode.SeeOther, "/signin?returnUrl=%2Forders"), (page.Status, page.Response.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task Who_has_signed_in_sees_what_they_ordered_and_nobody_elses()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        Assert.Contains("Nothing yet", (await shopper.GetAsync("/orders")).Text, StringComparison.Ordinal);

        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        var (_, review) = await CheckoutTests.AtReviewAsync(mall.Shop, shopper);
        await shopper.SubmitAsync(review, "/checkout/review");
        var orders = await shopper.GetAsync("/orders");
        Assert.Contains("Order 7K2M9QX1", orders.Text, StringComparison.Ordinal);
        Assert.Contains("Confirmed", orders.Text, StringComparison.Ordinal);
        Assert.Contains("no-store", orders.Response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        mall.Login.Subject = "noor";
        var other = mall.Shopper();
        await mall.SignInAsync(other);
        Assert.Contains("Nothing yet", (await other.GetAsync("/orders")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_Ordering_down_the_page_says_so()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        mall.Shop.Store.Moods["ordering"] = Mood.Down;
        var page = await shopper.GetAsync("/orders");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Contains("Your orders are safe", page.Text, StringComparison.Ordinal);
    }
}
