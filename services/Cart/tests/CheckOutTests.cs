using System.Net;

namespace Souk.Cart.Tests;

/// <summary>What Ordering reads of a cart, and takes out of it.</summary>
public sealed class CheckOutTests
{
    [Theory, EveryEngine]
    public async Task An_order_is_made_from_prices_weights_and_a_version(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        await cart.SellAsync("tee", ("TEE", 1999));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 2);
        await cart.PutAsync(id, "TEE", 1);
        await cart.WithdrawAsync("tee");
        await cart.SellAsync("mug", ("MUG", 450));

        var answer = await cart.ReadForOrderAsync(id);
        Assert.Equal($$$"""
            {"id":"{{{id}}}","version":3,"lines":[
            {"sku":"MUG","title":"The mug","variantTitle":"Blue","productHandle":"mug","image":{"src":"/api/catalog/images/mug.svg","alt":"A picture"},
            "quantity":2,"unitPrice":{"amount":450,"currency":"EUR"},"available":true,"grams":451},
            {"sku":"TEE","title":"The tee","variantTitle":"Blue","productHandle":"tee","image":{"src":"/api/catalog/images/tee.svg","alt":"A picture"},
            "quantity":1,"unitPrice":{"amount":1999,"currency":"EUR"},"available":false,"grams":2000}]}
            """.ReplaceLineEndings(""), answer.Body.GetRawText());
        foreach (var unknown in new[] { "unknown", "a b", new string('x', 65) })
        {
            (await cart.ReadForOrderAsync(unknown)).IsRefusal(404, "cart.cart_unknown");
        }
    }

    [Theory, EveryEngine]
    public async Task What_was_ordered_goes_and_what_came_later_stays(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("all", ("SAME", 100), ("MORE", 100), ("LESS", 100), ("AGAIN", 100), ("NEW", 100), ("OTHER", 100));
        var id = await cart.NewCartAsync();
        (string Sku, int Quantity)[] ordered = [("SAME", 2), ("MORE", 2), ("LESS", 3), ("AGAIN", 1)];
        foreach (var (sku, quantity) in ordered) await cart.PutAsync(id, sku, quantity);
        var version = (await cart.PutAsync(id, "OTHER", 1)).Version;
        await cart.PutAsync(id, "MORE", 5);
        await cart.PutAsync(id, "LESS", 1);
        await cart.RemoveAsync(id, "AGAIN");
        await cart.PutAsync(id, "AGAIN", 1);
        var before = (await cart.PutAsync(id, "NEW", 9)).Version;

        var answer = await cart.CheckOutAsync("o1", id, version, ordered);
        Assert.Equal($$"""{"orderId":"o1","cartId":"{{id}}","cartVersion":{{version}}}""", answer.Body.GetRawText());
        var after = await cart.ReadAsync(id);
        Assert.Equal([("MORE", 3), ("OTHER", 1), ("AGAIN", 1), ("NEW", 9)], after.Quantities);
        Assert.Equal(before + 1, after.Version);
        Assert.Equal("""[{"sku":"SAME","quantity":2,"left":0},{"sku":"MORE","quantity":2,"left":3},{"sku":"LESS","quantity":1,"left":0}]""",
            await cart.Database.ReadAsync(s => s.FirstAsync($"SELECT removed FROM checkout", row => row.Text(0))));
    }

    [Theory, EveryEngine]
    public async Task An_order_is_checked_out_once_even_after_a_restart(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        var version = (await cart.PutAsync(id, "MUG", 2)).Version;
        var first = await cart.CheckOutAsync("o1", id, version, ("MUG", 2));
        await cart.PutAsync(id, "MUG", 2); // bought again
        await cart.Service.RestartAsync();

        var repeat = await cart.CheckOutAsync("o1", id, version, ("MUG", 2));
        Assert.Equal(first.Body.GetRawText(), repeat.Body.GetRawText());
        Assert.Equal([("MUG", 2)], (await cart.ReadAsync(id)).Quantities);
        (await cart.CheckOutAsync("o1", id, version + 1, ("MUG", 2))).IsRefusal(422, "cart.checkout.changed");
        (await cart.CheckOutAsync("o1", "other", version, ("MUG", 2))).IsRefusal(422, "cart.checkout.changed");
    }

    [Theory, EveryEngine]
    public async Task A_cart_that_is_gone_has_nothing_to_take(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 2);
        cart.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(HttpStatusCode.OK, (await cart.CheckOutAsync("o1", id, 2, ("MUG", 2))).Status);
        await cart.PumpAsync();
        Assert.Equal(HttpStatusCode.OK, (await cart.CheckOutAsync("o2", id, 2, ("MUG", 2))).Status);
        Assert.Equal(HttpStatusCode.OK, (await cart.CheckOutAsync("o3", "never-was", 1, ("MUG", 2))).Status);
    }

    [Theory, EveryEngine]
    public async Task What_is_withdrawn_meanwhile_is_taken_out_all_the_same(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 2);
        await cart.WithdrawAsync("mug");
        await cart.CheckOutAsync("o1", id, 2, ("MUG", 2));
        Assert.Empty((await cart.ReadAsync(id)).Lines);
    }

    [Theory, EveryEngine]
    public async Task A_checkout_among_a_shoppers_changes_loses_none_of_them(Engine engine)
    {
        const int Shoppers = 12;
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("many", [.. Enumerable.Range(0, Shoppers).Select(i => ($"S{i}", 100L)), ("MUG", 500L)]);
        for (var round = 0; round < 3; round++)
        {
            var id = await cart.NewCartAsync();
            var version = (await cart.PutAsync(id, "MUG", 2)).Version;
            var puts = Enumerable.Range(0, Shoppers).Select(i => cart.PutAsync(id, $"S{i}", 1));
            var checkouts = Enumerable.Range(0, 6).Select(_ => cart.CheckOutAsync($"o{round}", id, version, ("MUG", 2)));
            var answers = await Task.WhenAll(puts.Concat(checkouts));

            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
            var end = await cart.ReadAsync(id);
            Assert.Equal(Enumerable.Range(0, Shoppers).Select(i => ($"S{i}", 1)).Order(), end.Quantities.Order());
            Assert.Equal(version + Shoppers + 1, end.Version);
        }
    }

    [Theory]
    [InlineData("o1", """{"cartVersion":2,"lines":[{"sku":"MUG","quantity":2}]}""")]
    [InlineData("o1", """{"cartId":"a b","cartVersion":2,"lines":[{"sku":"MUG","quantity":2}]}""")]
    [InlineData("o1", """{"cartId":"c","lines":[{"sku":"MUG","quantity":2}]}""")]
    [InlineData("o1", """{"cartId":"c","cartVersion":0,"lines":[{"sku":"MUG","quantity":2}]}""")]
    [InlineData("o1", """{"cartId":"c","cartVersion":2}""")]
    [InlineData("o1", """{"cartId":"c","cartVersion":2,"lines":[]}""")]
    [InlineData("o1", """{"cartId":"c","cartVersion":2,"lines":[null]}""")]
    [InlineData("o1", """{"cartId":"c","cartVersion":2,"lines":[{"sku":"","quantity":2}]}""")]
    [InlineData("o1", """{"cartId":"c","cartVersion":2,"lines":[{"sku":"MUG","quantity":0}]}""")]
    [InlineData("o1", """{"cartId":"c","cartVersion":2,"lines":[{"sku":"MUG","quantity":1},{"sku":"MUG","quantity":1}]}""")]
    [InlineData("a%20b", """{"cartId":"c","cartVersion":2,"lines":[{"sku":"MUG","quantity":2}]}""")]
    public async Task A_malformed_checkout_is_refused(string order, string json)
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        (await cart.CheckOutAsync(order, json)).IsRefusal(400, "cart.checkout.invalid");
    }
}
