using System.Net;

namespace Souk.Storefront.Tests;

/// <summary>Filling a cart, without any script.</summary>
public sealed class CartFlowTests
{
    [Fact]
    public async Task A_shopper_without_scripts_fills_changes_and_empties_a_cart()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var product = await shopper.GetAsync("/product/tall-mug?variant=MUG-L");
        Assert.Contains("€20.99", product.Text, StringComparison.Ordinal);

        var added = await shopper.SubmitAsync(product, "/cart/add", ("quantity", "2"));
        Assert.Contains("Added to your cart.", added.Text, StringComparison.Ordinal);
        Assert.Contains(", 2 items", added.Badge, StringComparison.Ordinal);

        await shopper.SubmitAsync(added, "/cart/add");
        var cart = await shopper.GetAsync("/cart");
        Assert.Contains("€62.97", cart.Text, StringComparison.Ordinal);

        cart = await shopper.SubmitAsync(cart, "/cart/set", ("quantity", "5"));
        Assert.Contains("€104.95", cart.Text, StringComparison.Ordinal);
        cart = await shopper.SubmitAsync(cart, "/cart/set", ("by", "-1"));
        Assert.Contains("€83.96", cart.Text, StringComparison.Ordinal);
        cart = await shopper.SubmitAsync(cart, "/cart/remove");
        Assert.Contains("Your cart is empty", cart.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_after_adding_adds_nothing_more()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var answer = await shopper.PostAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add", "same-origin");
        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        var address = answer.Response.Headers.Location!.OriginalString;
        await shopper.GetAsync(address);
        Assert.Contains(", 1 item", (await shopper.GetAsync(address)).Badge, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_tabs_that_add_at_once_lose_no_write()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        var cart = shop.Store.Carts.Single();

        // The other tab is quicker, twice: between the reading and the writing of this one.
        var quicker = 2;
        shop.Store.BeforePut = store =>
        {
            if (quicker-- > 0) cart.Put("MOON-VASE", cart.QuantityOf("MOON-VASE") + 1, store.Products[0], store.Products[0]["variants"]![0]!.AsObject());
        };
        var added = await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        Assert.Contains("Added to your cart.", added.Text, StringComparison.Ordinal);
        Assert.Equal(4, cart.QuantityOf("MOON-VASE"));
    }

    [Fact]
    public async Task Twenty_tabs_that_add_at_once_are_all_counted_or_told()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => shopper.PostAsync(page, "/cart/add", "same-origin")));
        var done = answers.Count(answer => answer.Response.Headers.Location!.OriginalString.EndsWith("notice=added", StringComparison.Ordinal));
        Assert.True(done > 0);
        Assert.Equal(1 + done, shop.Store.Carts.Single().QuantityOf("MOON-VASE"));
    }

    [Fact]
    public async Task An_answer_that_was_lost_on_the_way_is_not_added_twice()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        shop.Store.LoseNextAnswer = true;
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        Assert.False(shop.Store.LoseNextAnswer);
        Assert.Equal(1, shop.Store.Carts.Single().QuantityOf("MOON-VASE"));
    }

    [Fact]
    public async Task A_cart_that_has_expired_is_followed_by_a_new_one()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        shopper.Cookies["__Host-souk-cart"] = "long-gone";
        Assert.Contains("Your cart is empty", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        Assert.Equal(shop.Store.Carts.Single().Id, shopper.Cookies["__Host-souk-cart"]);
    }

    [Fact]
    public async Task A_changed_price_and_a_withdrawn_line_are_told()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        await shopper.SubmitAsync(await shopper.GetAsync("/product/cedar-lamp"), "/cart/add");
        var cart = shop.Store.Carts.Single();
        var vase = cart.Line("MOON-VASE")!;
        vase["unitPrice"] = FakeStore.Money(4500);
        vase["priceChanged"] = true;
        cart.Line("CEDAR-LAMP")!["available"] = false;

        var page = await shopper.GetAsync("/cart");
        Assert.Contains("the price went down since you added it. It was €49.00.", page.Text, StringComparison.Ordinal);
        Assert.Contains("No longer for sale. It is not part of the total.", page.Text, StringComparison.Ordinal);
        Assert.Contains("Total €45.00", page.Text, StringComparison.Ordinal);
    }

    [Theory, InlineData("0"), InlineData("-1"), InlineData("1.5"), InlineData("2147483648"), InlineData("two"), InlineData("100"), InlineData("")]
    public async Task A_quantity_that_is_none_is_told_and_changes_nothing(string quantity)
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add", ("quantity", quantity));
        Assert.Contains("Choose a quantity from 1 to 99.", page.Text, StringComparison.Ordinal);
        Assert.Empty(shop.Store.Carts);
    }

    [Fact]
    public async Task A_sku_that_is_not_for_sale_any_more_is_told()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add", ("sku", "GONE"));
        Assert.Contains("This one is not for sale any more.", page.Text, StringComparison.Ordinal);
    }

    [Theory, InlineData("https://evil.example/"), InlineData("//evil.example"), InlineData("/\\evil.example"), InlineData("~/x"), InlineData("javascript:alert(1)")]
    public async Task A_way_back_to_another_site_is_ignored(string back)
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var answer = await shopper.PostAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add", "same-origin", ("back", back));
        Assert.Equal("/cart?notice=added", answer.Response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Choosing_needs_no_script_and_says_what_is_sold_out()
    {
        await using var shop = await Shop.StartAsync();
        shop.Store.Stock["MUG-S"] = ("out_of_stock", 0);
        shop.Store.Stock["MUG-L"] = ("low", 3);
        var page = await shop.Shopper().GetAsync("/product/tall-mug");
        Assert.Contains("Only 3 left", page.Text, StringComparison.Ordinal);
        Assert.Contains("Small (sold out)", page.Text, StringComparison.Ordinal);
        Assert.Contains("/product/tall-mug?variant=MUG-S", page.Html, StringComparison.Ordinal);
        Assert.Contains("disabled", (await shop.Shopper().GetAsync("/product/tall-mug?variant=MUG-S")).Html, StringComparison.Ordinal);
    }
}
