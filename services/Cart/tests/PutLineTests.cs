using System.Net;

namespace Souk.Cart.Tests;

public sealed class PutLineTests
{
    [Theory, EveryEngine]
    public async Task A_line_is_added_then_its_quantity_set(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        await cart.SellAsync("tee", ("TEE-S", 1999), ("TEE-M", 2099));
        var id = await cart.NewCartAsync();

        await cart.PutAsync(id, "TEE-M", 1);
        await cart.PutAsync(id, "MUG", 2);
        var answer = await cart.PutAsync(id, "TEE-M", 3);

        Assert.Equal([("TEE-M", 3), ("MUG", 2)], answer.Quantities);
        Assert.Equal((4L, "\"4\"", 3 * 2099L + 2 * 500), (answer.Version, answer.ETag, answer.Total));
        Assert.Equal(answer.Body.GetRawText(), (await cart.ReadAsync(id)).Body.GetRawText());
    }

    [Theory, EveryEngine]
    public async Task The_same_quantity_again_changes_nothing(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 2);
        Assert.Equal(2, (await cart.PutAsync(id, "MUG", 2)).Version);
    }

    [Theory]
    [InlineData("""{"quantity":0}"""), InlineData("""{"quantity":-1}"""), InlineData("""{"quantity":1.5}""")]
    [InlineData("""{"quantity":2147483648}"""), InlineData("""{"quantity":100}"""), InlineData("""{"quantity":1e400}""")]
    [InlineData("""{"quantity":"two"}"""), InlineData("""{"quantity":"2"}"""), InlineData("""{"quantity":null}""")]
    [InlineData("""{"quantity":true}"""), InlineData("""{"quantity":[2]}"""), InlineData("""{"quantity":{"value":2}}""")]
    [InlineData("""{}"""), InlineData("""{"amount":2}""")]
    public async Task A_quantity_that_is_none_is_refused_with_a_stable_code(string body)
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        (await cart.PutBodyAsync(id, "MUG", body)).IsRefusal(400, "cart.line.quantity_invalid");
        Assert.Equal(1, (await cart.ReadAsync(id)).Version);
    }

    [Theory]
    [InlineData("null"), InlineData(""), InlineData("{"), InlineData("[]"), InlineData("2"), InlineData("\"two\"")]
    public async Task A_body_that_is_no_object_is_malformed(string body)
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        var id = await cart.NewCartAsync();
        (await cart.PutBodyAsync(id, "MUG", body)).IsRefusal(400, "request.malformed");
    }

    [Fact]
    public async Task Price_total_and_owner_in_a_body_are_ignored()
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        var answer = await cart.PutBodyAsync(id, "MUG", """
            {"quantity":2,"unit_price":1,"unitPrice":{"amount":1,"currency":"EUR"},"addedPrice":1,"total":1,"user_id":"me",
             "version":77,"state":"paid","sku":"OTHER"}
            """);
        Assert.Equal((HttpStatusCode.OK, 1000L, 2L), (answer.Status, answer.Total, answer.Version));
        Assert.Equal([("MUG", 2)], answer.Quantities);
    }

    [Theory, EveryEngine]
    public async Task An_unknown_sku_is_refused_and_leaves_the_cart_alone(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        foreach (var sku in new[] { "OTHER", "mug", "MUG ", "MUG'; DELETE FROM cart; --", new string('x', 2000) })
        {
            (await cart.PutAsync(id, sku, 1)).IsRefusal(404, "cart.sku_unknown");
        }
        Assert.Equal(1, (await cart.ReadAsync(id)).Version);
    }

    [Theory, EveryEngine]
    public async Task Any_text_can_be_a_sku(Engine engine)
    {
        string[] skus = ["A/B", "a b", "50%", "ÄÖ-ß", "日本-1", "🧦", "a+b&c=d?e#f", "\"quoted\"", "'", "a,b;c", "x.y..z", "\\", "\t"];
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("odd", [.. skus.Select((sku, i) => (sku, 100L + i))]);
        var id = await cart.NewCartAsync();
        foreach (var sku in skus) Assert.Equal(HttpStatusCode.OK, (await cart.PutAsync(id, sku, 2)).Status);
        Assert.Equal(skus.Select(sku => (sku, 2)), (await cart.ReadAsync(id)).Quantities);
        foreach (var sku in skus) await cart.RemoveAsync(id, sku);
        Assert.Empty((await cart.ReadAsync(id)).Lines);
    }

    [Theory, EveryEngine]
    public async Task A_sku_that_no_database_can_hold_is_no_fault(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        var id = await cart.NewCartAsync();
        foreach (var segment in new[] { "%00", "A%00B", "%FF", "%ED%A0%80", "%E0%80%80" })
        {
            var answer = await cart.SendAsync(HttpMethod.Put, $"/api/cart/carts/{id}/lines/{segment}", """{"quantity":1}""");
            // The server itself refuses a zero byte, and leaves what is no UTF-8 undecoded.
            Assert.Equal(segment.Contains("%00") ? HttpStatusCode.BadRequest : HttpStatusCode.NotFound, answer.Status);
        }
    }

    [Theory, EveryEngine]
    public async Task The_hundred_and_first_line_is_refused(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("many", [.. Enumerable.Range(0, 101).Select(i => ("S" + i, 100L))]);
        var id = await cart.NewCartAsync();
        for (var i = 0; i < 100; i++) await cart.PutAsync(id, "S" + i, 99);
        (await cart.PutAsync(id, "S100", 1)).IsRefusal(409, "cart.lines_full");
        var full = await cart.PutAsync(id, "S0", 98);
        Assert.Equal((100, (99 * 99 + 98) * 100L), (full.Lines.Count, full.Total));
    }
}
