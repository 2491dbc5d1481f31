using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.Cart.Tests;

public sealed class CreateAndReadCartTests
{
    [Theory, EveryEngine]
    public async Task A_new_cart_is_created_with_its_address_and_version(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        var created = await cart.CreateAsync();
        var id = created.Body.GetProperty("id").GetString()!;

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal("/api/cart/carts/" + id, created.Headers.Location?.ToString());
        Assert.Equal("\"1\"", created.ETag);
        Assert.Equal("no-store", created.Headers.CacheControl?.ToString());
        Assert.Equal((0, 0L), (created.Lines.Count, created.Total));
        Assert.True(id.Length * 6 >= 128, "A guest's cart is protected by its id alone: 128 random bits.");

        var read = await cart.ReadAsync(id);
        Assert.Equal((HttpStatusCode.OK, "\"1\""), (read.Status, read.ETag));
        Assert.True(JsonElement.DeepEquals(created.Body, read.Body));
    }

    [Theory, EveryEngine]
    public async Task A_cart_is_answered_whole_as_the_contract_says(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG-1", 500));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG-1", 3);

        var expected = JsonDocument.Parse($$"""
            {
              "id": "{{id}}", "version": 2,
              "lines": [{
                "sku": "MUG-1", "title": "The mug", "variantTitle": "Blue", "productHandle": "mug",
                "image": { "src": "/api/catalog/images/mug.svg", "alt": "A picture" }, "quantity": 3,
                "unitPrice": { "amount": 500, "currency": "EUR" }, "lineTotal": { "amount": 1500, "currency": "EUR" },
                "addedPrice": { "amount": 500, "currency": "EUR" }, "priceChanged": false, "available": true
              }],
              "itemCount": 3, "total": { "amount": 1500, "currency": "EUR" }, "expiresAt": "2026-01-31T12:00:00+00:00"
            }
            """).RootElement;
        var read = await cart.ReadAsync(id);
        Assert.True(JsonElement.DeepEquals(expected, read.Body), read.Body.GetRawText());
    }

    [Theory, EveryEngine]
    public async Task Unknown_malformed_and_expired_carts_are_answered_with_the_same_body(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var expired = await cart.NewCartAsync();
        cart.Clock.Advance(TimeSpan.FromDays(30));

        var answers = new List<Answer>();
        foreach (var id in new[] { expired, "AAAAAAAAAAAAAAAAAAAAAA", "x", "' OR 1=1 --", "ä%00", new string('a', 500) })
        {
            answers.Add(await cart.ReadAsync(id));
            answers.Add(await cart.PutAsync(id, "MUG", 1));
            answers.Add(await cart.RemoveAsync(id, "MUG"));
        }

        foreach (var answer in answers) answer.IsRefusal(404, "cart.cart_unknown");
        Assert.Single(answers.Select(answer => answer.Body.GetProperty("detail").GetString()).Distinct());
    }

    [Theory, EveryEngine]
    public async Task A_cart_is_there_as_before_after_a_restart(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        var before = await cart.PutAsync(id, "MUG", 2);
        await cart.Service.RestartAsync();
        Assert.True(JsonElement.DeepEquals(before.Body, (await cart.ReadAsync(id)).Body));
    }

    [Fact]
    public async Task Nobody_without_an_identity_and_no_other_service_is_answered()
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        using var anonymous = cart.Service.Anonymous();
        using var inventory = cart.Service.As("inventory");
        Assert.Equal(HttpStatusCode.Unauthorized, (await anonymous.PostAsync("/api/cart/carts", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await inventory.PostAsync("/api/cart/carts", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await cart.Service.Http.GetAsync("/internal/carts/x")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await cart.Service.Http.PutAsJsonAsync("/internal/checkouts/x", "")).StatusCode);
    }
}
