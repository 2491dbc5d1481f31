using System.Net;
using System.Text.Json;

namespace Souk.Cart.Tests;

public sealed class CatalogCopyTests
{
    [Theory, EveryEngine]
    public async Task A_price_change_shows_beside_the_price_at_which_the_line_was_added(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 2);
        await cart.SellAsync("mug", ("MUG", 650));

        var line = (await cart.ReadAsync(id)).Lines[0];
        Assert.Equal((650, 500, 1300, true), (Amount(line, "unitPrice"), Amount(line, "addedPrice"),
            Amount(line, "lineTotal"), line.GetProperty("priceChanged").GetBoolean()));

        await cart.SellAsync("mug", ("MUG", 500));
        Assert.False((await cart.ReadAsync(id)).Lines[0].GetProperty("priceChanged").GetBoolean());
    }

    [Theory, EveryEngine]
    public async Task What_is_withdrawn_is_shown_and_not_counted_until_it_comes_back(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        await cart.SellAsync("tee", ("TEE", 1999));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 2);
        await cart.PutAsync(id, "TEE", 1);

        await cart.WithdrawAsync("mug");
        var without = await cart.ReadAsync(id);
        Assert.Equal([("MUG", 2), ("TEE", 1)], without.Quantities);
        Assert.Equal([false, true], without.Lines.Select(line => line.GetProperty("available").GetBoolean()));
        Assert.Equal((1999L, 1), (without.Total, without.Body.GetProperty("itemCount").GetInt32()));
        (await cart.PutAsync(id, "MUG", 3)).IsRefusal(404, "cart.sku_unknown");

        await cart.SellAsync("mug", ("MUG", 450));
        Assert.Equal(2 * 450 + 1999, (await cart.ReadAsync(id)).Total);
    }

    [Theory, EveryEngine]
    public async Task A_variant_that_a_product_no_longer_has_is_withdrawn(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("tee", ("TEE-S", 1999), ("TEE-M", 1999));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "TEE-S", 1);
        await cart.PutAsync(id, "TEE-M", 1);
        await cart.SellAsync("tee", ("TEE-M", 1999), ("TEE-L", 2199));

        var read = await cart.ReadAsync(id);
        Assert.Equal([false, true], read.Lines.Select(line => line.GetProperty("available").GetBoolean()));
        (await cart.PutAsync(id, "TEE-S", 2)).IsRefusal(404, "cart.sku_unknown");
        Assert.Equal(HttpStatusCode.OK, (await cart.PutAsync(id, "TEE-L", 1)).Status);
    }

    [Theory, EveryEngine]
    public async Task A_sku_that_moves_to_another_product_stays_for_sale_in_either_order(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("old", ("A", 100), ("B", 100));
        await cart.SellAsync("new", ("A", 200)); // A: taken over first, given up after
        await cart.SellAsync("old", ("C", 100)); // B: given up first, taken over after
        await cart.SellAsync("new", ("A", 200), ("B", 200));

        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "A", 1);
        await cart.PutAsync(id, "B", 1);
        Assert.Equal(200 + 200 + 100, (await cart.PutAsync(id, "C", 1)).Total);
    }

    [Theory, EveryEngine]
    public async Task An_old_event_never_overwrites_a_newer_one(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        Variant Mug(string sku, long price) => new(sku, "mug", "Mug", "", null, price, true, 0);
        Task Put(long version, params Variant[] variants) => cart.Database.WriteAsync(tx =>
            CartStore.PutProductAsync(tx, "mug", version, position: version, variants));
        await Put(5, Mug("MUG", 500));
        await Put(4, Mug("MUG", 400), Mug("OLD", 400));
        await Put(5, Mug("MUG", 999));

        var id = await cart.NewCartAsync();
        Assert.Equal(500, (await cart.PutAsync(id, "MUG", 1)).Total);
        (await cart.PutAsync(id, "OLD", 1)).IsRefusal(404, "cart.sku_unknown");
    }

    [Theory, EveryEngine]
    public async Task A_feed_read_again_from_its_start_changes_nothing(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500), ("CUP", 300));
        await cart.SellAsync("mug", ("MUG", 600));
        await cart.SellAsync("tee", ("TEE", 1999));
        await cart.WithdrawAsync("tee");
        var before = await CopyAsync(cart);

        await cart.Database.WriteAsync(tx => tx.ExecuteAsync($"UPDATE feed_cursor SET position = 0, leased_until = 0"));
        await cart.Service.RestartAsync();
        await cart.PumpAsync();

        Assert.Equal(4, await cart.Database.ReadAsync(s => s.LongAsync($"SELECT position FROM feed_cursor")));
        Assert.Equal(before, await CopyAsync(cart));
        Assert.Equal([("CUP", 300, false), ("MUG", 600, true), ("TEE", 1999, false)], before);
    }

    [Theory, EveryEngine]
    public async Task Carts_are_priced_and_changed_while_catalog_is_down(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        cart.Catalog.Up = false;
        await cart.Service.RestartAsync();

        var id = await cart.NewCartAsync();
        Assert.Equal(1000, (await cart.PutAsync(id, "MUG", 2)).Total);

        cart.Catalog.Up = true;
        cart.Clock.Advance(TimeSpan.FromMinutes(1)); // the lease of the reader before the restart runs out
        await cart.SellAsync("mug", ("MUG", 700));
        Assert.Equal(1400, (await cart.ReadAsync(id)).Total);
    }

    [Theory]
    [InlineData("""{"title":"Mug","variants":[{"sku":"MUG","title":"","price":{"amount":500,"currency":"USD"}}]}""")]
    [InlineData("""{"title":"Mug","variants":[{"sku":"MUG","title":"","price":{"amount":-1,"currency":"EUR"}}]}""")]
    [InlineData("""{"title":"Mug","variants":[{"sku":"MUG","title":"","price":{"amount":900000000001,"currency":"EUR"}}]}""")]
    [InlineData("""{"title":"Mug","variants":[{"sku":"MUG","title":"","price":null}]}""")]
    [InlineData("""{"title":null,"variants":[]}"""), InlineData("""{"title":"Mug"}""")]
    public async Task An_event_that_cannot_be_priced_is_put_aside_and_the_others_go_on(string data)
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        cart.Catalog.Add("ProductPut", "mug", data);
        await cart.SellAsync("tee", ("TEE", 1999));

        Assert.Equal(1, await cart.Database.ReadAsync(s => s.LongAsync($"SELECT COUNT(*) FROM waiting_event")));
        Assert.Equal([("TEE", 1999, true)], await CopyAsync(cart));
    }

    [Fact]
    public async Task Events_and_fields_that_cart_does_not_know_are_passed_over()
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        cart.Catalog.Add("CategoryRenamed", "mugs", """{"name":"Cups"}""");
        cart.Catalog.Add("ProductPut", "mug", """
            {"title":"Mug","colour":{"deep":[1]},"variants":[{"sku":"MUG","title":"","price":{"amount":5,"currency":"EUR","tax":1}}]}
            """);
        await cart.PumpAsync();
        Assert.Equal([("MUG", 5, true)], await CopyAsync(cart));
    }

    [Theory]
    [InlineData(""","grams":350""", 350), InlineData("", 0), InlineData(""","grams":-5""", 0), InlineData(""","grams":9000000000""", 1_000_000_000)]
    public async Task A_weight_is_copied_and_none_is_zero(string grams, long copied)
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        cart.Catalog.Add("ProductPut", "mug",
            $$$"""{"title":"Mug","variants":[{"sku":"MUG","title":"","price":{"amount":5,"currency":"EUR"}{{{grams}}}}]}""");
        await cart.PumpAsync();
        Assert.Equal(copied, await cart.Database.ReadAsync(s => s.LongAsync($"SELECT grams FROM variant")));
    }

    static Task<List<(string Sku, long Price, bool Available)>> CopyAsync(CartUnderTest cart) =>
        cart.Database.ReadAsync(session => session.QueryAsync(
            $"SELECT sku, price, available FROM variant ORDER BY sku", row => (row.Text(0), row.Long(1), row.Bool(2))));

    static int Amount(JsonElement line, string price) => line.GetProperty(price).GetProperty("amount").GetInt32();
}
