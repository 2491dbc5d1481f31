using System.Net;

namespace Souk.Cart.Tests;

/// <summary>Carts of those who have signed in, and what a guest's becomes at that moment.</summary>
public sealed class OwnCartTests
{
    [Theory, EveryEngine]
    public async Task Whoever_signs_in_has_one_cart_wherever_it_is_asked_for(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        (await cart.SendAsync(HttpMethod.Get, "/api/cart/carts/mine")).IsRefusal(401, "token.missing");
        var amal = cart.Login.Customer("amal");

        var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => cart.OwnAsync(amal)));
        var id = Assert.Single(asked.Select(IdOf).Distinct());
        Assert.Equal(id, IdOf(await cart.OwnAsync(cart.Login.Customer("amal", "another session"))));
        var made = await cart.SendAsync(HttpMethod.Post, "/api/cart/carts", token: amal);
        Assert.Equal((HttpStatusCode.Created, id), (made.Status, IdOf(made)));
        Assert.NotEqual(id, IdOf(await cart.OwnAsync(cart.Login.Customer("noor"))));

        cart.Clock.Advance(TimeSpan.FromDays(31));
        await cart.PumpAsync();
        Assert.NotEqual(id, IdOf(await cart.OwnAsync(cart.Login.Customer("amal"))));
    }

    [Theory, EveryEngine]
    public async Task Anothers_cart_is_404_with_the_answer_that_an_unknown_id_gets(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var amal = cart.Login.Customer("amal");
        var id = IdOf(await cart.OwnAsync(amal));
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(cart, id, 2, amal)).Status);

        foreach (var token in new[] { null, cart.Login.Customer("noor"), cart.Login.Staff(), cart.Login.Partner("orders:read") })
        {
            foreach (var asked in new[] { id, "never-was" })
            {
                Answer[] answers =
                [
                    await cart.SendAsync(HttpMethod.Get, "/api/cart/carts/" + asked, token: token),
                    await PutAsync(cart, asked, 1, token),
                    await cart.SendAsync(HttpMethod.Delete, $"/api/cart/carts/{asked}/lines/MUG", token: token),
                    await cart.SendAsync(HttpMethod.Get, "/internal/carts/" + asked, caller: "ordering", token: token),
                ];
                Assert.All(answers, answer => answer.IsRefusal(404, "cart.cart_unknown"));
                Assert.Single(answers.Select(answer => answer.Body.GetProperty("detail").GetString()).Distinct());
            }
        }
        Assert.Equal([("MUG", 2)], (await cart.OwnAsync(amal)).Quantities);
        var ordering = await cart.SendAsync(HttpMethod.Get, "/internal/carts/" + id, caller: "ordering", token: amal);
        Assert.Equal(HttpStatusCode.OK, ordering.Status);
    }

    [Theory, EveryEngine]
    public async Task A_guests_cart_is_merged_at_the_sign_in_and_gone(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("things", ("MUG", 500), ("TEE", 1999), ("BAG", 2500));
        var amal = cart.Login.Customer("amal");
        var own = await cart.OwnAsync(amal);
        await PutAsync(cart, IdOf(own), 60, amal);
        await PutAsync(cart, IdOf(own), 1, amal, "BAG");
        var guest = await cart.NewCartAsync();
        await cart.PutAsync(guest, "TEE", 3);
        await cart.PutAsync(guest, "MUG", 50);

        var merged = await cart.ClaimAsync(guest, amal);
        Assert.Equal((HttpStatusCode.OK, IdOf(own), 5L), (merged.Status, IdOf(merged), merged.Version));
        Assert.Equal([("MUG", 99), ("BAG", 1), ("TEE", 3)], merged.Quantities);
        (await cart.ReadAsync(guest)).IsRefusal(404, "cart.cart_unknown");
        (await cart.PutAsync(guest, "MUG", 1)).IsRefusal(404, "cart.cart_unknown");

        // Whoever has changed something since does not lose it by the repeat.
        await PutAsync(cart, IdOf(own), 4, amal);
        var again = await cart.ClaimAsync(guest, amal);
        Assert.Equal([("MUG", 4), ("BAG", 1), ("TEE", 3)], again.Quantities);
        Assert.Equal(6, again.Version);
        Assert.Equal(again.Body.GetRawText(), (await cart.ClaimAsync(IdOf(own), amal)).Body.GetRawText());
        // A tab that still has the version before the merge is told so.
        (await cart.SendAsync(HttpMethod.Put, $"/api/cart/carts/{IdOf(own)}/lines/MUG", """{"quantity":1}""", "\"3\"", token: amal))
            .IsRefusal(412, "cart.version_stale");
    }

    [Theory, EveryEngine]
    public async Task A_forged_or_anothers_cart_is_not_merged(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var (amal, noor) = (cart.Login.Customer("amal"), cart.Login.Customer("noor"));
        var own = IdOf(await cart.OwnAsync(amal));
        await PutAsync(cart, own, 2, amal);
        var guest = await cart.NewCartAsync();
        await cart.PutAsync(guest, "MUG", 1);
        await cart.ClaimAsync(guest, amal);

        foreach (var id in new[] { own, guest, "never-was", new string('x', 300), "a%20b" })
        {
            (await cart.ClaimAsync(id, noor)).IsRefusal(404, "cart.cart_unknown");
        }
        (await cart.SendAsync(HttpMethod.Post, $"/api/cart/carts/{own}/claim")).IsRefusal(401, "token.missing");
        Assert.Equal([("MUG", 3)], (await cart.OwnAsync(amal)).Quantities);
        Assert.Empty((await cart.OwnAsync(noor)).Lines);
    }

    [Theory, EveryEngine]
    public async Task Claims_at_once_merge_each_cart_once(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var (amal, noor) = (cart.Login.Customer("amal"), cart.Login.Customer("noor"));
        for (var round = 1; round <= 5; round++)
        {
            var guest = await cart.NewCartAsync();
            await cart.PutAsync(guest, "MUG", 2);
            var answers = await Task.WhenAll(new[] { amal, noor, amal, noor }.Select(token => cart.ClaimAsync(guest, token)));
            Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.OK));
            Assert.Equal(2, answers.Count(answer => answer.Code == "cart.cart_unknown"));
            var mugs = (await cart.OwnAsync(amal)).Quantities.Concat((await cart.OwnAsync(noor)).Quantities).Sum(line => line.Quantity);
            Assert.Equal(2 * round, mugs);
        }
    }

    [Theory, EveryEngine]
    public async Task What_a_guest_ordered_leaves_the_cart_it_was_merged_into(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("things", ("MUG", 500), ("TEE", 1999));
        var amal = cart.Login.Customer("amal");
        var own = IdOf(await cart.OwnAsync(amal));
        await PutAsync(cart, own, 5, amal);
        var guest = await cart.NewCartAsync();
        await cart.PutAsync(guest, "MUG", 2);
        await cart.PutAsync(guest, "TEE", 1);
        await cart.ClaimAsync(guest, amal);

        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(HttpStatusCode.OK, (await cart.CheckOutAsync("order-1", guest, 3, ("MUG", 2), ("TEE", 1))).Status);
            Assert.Equal([("MUG", 5)], (await cart.OwnAsync(amal)).Quantities);
        }
    }

    [Theory, EveryEngine]
    public async Task What_Cart_holds_on_a_person_can_be_read_and_forgotten(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var amal = cart.Login.Customer("amal");
        var own = IdOf(await cart.OwnAsync(amal));
        await PutAsync(cart, own, 2, amal);
        var guest = await cart.NewCartAsync();
        await cart.ClaimAsync(guest, amal);

        var held = await cart.SendAsync(HttpMethod.Get, "/internal/people/amal", caller: "settings");
        Assert.Equal(own, held.Body.GetProperty("carts")[0].GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.Forbidden, (await cart.SendAsync(HttpMethod.Get, "/internal/people/amal")).Status);
        foreach (var count in new[] { 1, 0 })
        {
            var gone = await cart.SendAsync(HttpMethod.Delete, "/internal/people/amal", caller: "settings");
            Assert.Equal($$"""{"erased":[{"what":"carts","count":{{count}}}],"kept":[]}""", gone.Body.GetRawText());
        }
        (await cart.ReadAsync(own)).IsRefusal(404, "cart.cart_unknown");
        Assert.Empty((await cart.SendAsync(HttpMethod.Get, "/internal/people/amal", caller: "settings")).Body.GetProperty("carts").EnumerateArray());
    }

    static Task<Answer> PutAsync(CartUnderTest cart, string id, int quantity, string? token, string sku = "MUG") =>
        cart.SendAsync(HttpMethod.Put, $"/api/cart/carts/{id}/lines/{sku}", $$"""{"quantity":{{quantity}}}""", token: token);

    static string IdOf(Answer answer) => answer.Body.GetProperty("id").GetString()!;
}
