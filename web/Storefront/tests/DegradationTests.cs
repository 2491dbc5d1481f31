using System.Net;

namespace Souk.Storefront.Tests;

/// <summary>A service that is down, silent or broken costs a page its part, not the page.</summary>
public sealed class DegradationTests
{
    // A silent service is given up after this; a machine busy with other tests still has the rest in it.
    static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(700);

    [Theory, InlineData(Mood.Down), InlineData(Mood.Silent), InlineData(Mood.Broken)]
    public async Task Without_inventory_the_availability_is_unknown_and_adding_still_works(Mood mood)
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        shop.Store.Moods["inventory"] = mood;
        var shopper = shop.Shopper();
        var page = await shopper.GetAsync("/product/tall-mug");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("Availability unknown", page.Text, StringComparison.Ordinal);

        var added = await shopper.SubmitAsync(page, "/cart/add");
        Assert.Contains("Added to your cart.", added.Text, StringComparison.Ordinal);
        Assert.Equal(1, shop.Store.Carts.Single().QuantityOf("MUG-S"));
    }

    [Theory, InlineData(Mood.Down), InlineData(Mood.Silent), InlineData(Mood.Broken)]
    public async Task Without_cart_browsing_goes_on_and_the_badge_says_so(Mood mood)
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/tall-mug"), "/cart/add");
        shop.Store.Moods["cart"] = mood;

        foreach (var (path, shown) in new[] { ("/", "Moon vase"), ("/search", "Cedar lamp"), ("/category/pottery", "Tall mug"), ("/product/tall-mug", "In stock") })
        {
            var page = await shopper.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.Contains(shown, page.Text, StringComparison.Ordinal);
            Assert.Contains("unavailable", page.Badge, StringComparison.Ordinal);
        }
        Assert.Contains("Nothing in it is lost", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
    }

    [Theory, InlineData(Mood.Down), InlineData(Mood.Silent)]
    public async Task Without_cart_adding_says_so_and_loses_nothing(Mood mood)
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/tall-mug"), "/cart/add", ("quantity", "2"));
        shop.Store.Moods["cart"] = mood;
        var refused = await shopper.SubmitAsync(await shopper.GetAsync("/product/tall-mug?variant=MUG-L"), "/cart/add");
        Assert.Contains("Your cart is not answering just now", refused.Text, StringComparison.Ordinal);
        Assert.Contains("Size : Large", refused.Text, StringComparison.Ordinal);

        shop.Store.Moods["cart"] = Mood.Well;
        var cart = await shopper.GetAsync("/cart");
        Assert.Contains("€39.98", cart.Text, StringComparison.Ordinal);
    }

    [Theory, InlineData(Mood.Down), InlineData(Mood.Silent), InlineData(Mood.Broken)]
    public async Task Without_catalog_the_cart_still_shows_priced_lines(Mood mood)
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/tall-mug"), "/cart/add", ("quantity", "3"));
        shop.Store.Moods["catalog"] = mood;
        var cart = await shopper.GetAsync("/cart");
        Assert.Equal(HttpStatusCode.OK, cart.Status);
        Assert.Contains("Tall mug", cart.Text, StringComparison.Ordinal);
        Assert.Contains("€59.97", cart.Text, StringComparison.Ordinal);
    }

    [Theory, InlineData(Mood.Down), InlineData(Mood.Silent), InlineData(Mood.Broken)]
    public async Task Without_catalog_home_search_and_product_say_so_kindly(Mood mood)
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        shop.Store.Moods["catalog"] = mood;
        var home = await shop.Shopper().GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, home.Status);
        Assert.Contains("The shelves are being dusted", home.Text, StringComparison.Ordinal);

        foreach (var path in new[] { "/search?q=mug", "/category/pottery", "/product/tall-mug" })
        {
            var page = await shop.Shopper().GetAsync(path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
            Assert.NotNull(page.Response.Headers.RetryAfter);
            Assert.Contains("back in a moment", page.Text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task The_shop_still_knows_its_aisles_when_catalog_goes_down()
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        await shop.Shopper().GetAsync("/");
        shop.Store.Moods["catalog"] = Mood.Down;
        Assert.Contains("/category/light-scent", (await shop.Shopper().GetAsync("/")).Html, StringComparison.Ordinal);
    }

    [Theory, InlineData("/"), InlineData("/search?q=mug"), InlineData("/category/pottery"), InlineData("/product/tall-mug"), InlineData("/cart"), InlineData("/nowhere")]
    public async Task Every_page_answers_while_every_service_is_silent(string path)
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        var shopper = shop.Shopper();
        shopper.Cookies["__Host-souk-cart"] = "some-cart";
        foreach (var service in shop.Store.Moods.Keys.ToList()) shop.Store.Moods[service] = Mood.Silent;
        // A silent service never answers: without budgets this would wait for ever.
        var page = await shopper.GetAsync(path).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        Assert.Contains("</html>", page.Html, StringComparison.Ordinal);
        Assert.Contains("unavailable", page.Badge, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shopper_without_a_cart_costs_cart_nothing()
    {
        await using var shop = await Shop.StartAsync(budget: Budget);
        await shop.Shopper().GetAsync("/");
        Assert.DoesNotContain(shop.Store.Asked, asked => asked.StartsWith("cart", StringComparison.Ordinal));
    }
}
