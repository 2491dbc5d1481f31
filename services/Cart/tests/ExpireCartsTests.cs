namespace Souk.Cart.Tests;

public sealed class ExpireCartsTests
{
    [Theory, EveryEngine]
    public async Task A_cart_expires_thirty_days_after_its_last_change(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        cart.Clock.Advance(TimeSpan.FromDays(20));
        var changed = await cart.PutAsync(id, "MUG", 1);
        Assert.Equal(cart.Clock.GetUtcNow().AddDays(30), changed.Body.GetProperty("expiresAt").GetDateTimeOffset());

        cart.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMilliseconds(1));
        Assert.Single((await cart.ReadAsync(id)).Lines); // reading is no change
        cart.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await cart.ReadAsync(id)).IsRefusal(404, "cart.cart_unknown");
        (await cart.PutAsync(id, "MUG", 2)).IsRefusal(404, "cart.cart_unknown");
    }

    [Theory, EveryEngine]
    public async Task Expired_carts_are_removed_in_small_batches_with_their_lines_and_no_others(Engine engine)
    {
        const int Expired = ExpireCarts.BatchMax + 20;
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        for (var i = 0; i < Expired; i++) await cart.Store.AddAsync(Cart.New("c" + i, cart.Clock.GetUtcNow()), default);
        await cart.PutAsync("c0", "MUG", 1);
        cart.Clock.Advance(TimeSpan.FromDays(15));
        var young = await cart.NewCartAsync();
        await cart.PutAsync(young, "MUG", 1);
        cart.Clock.Advance(TimeSpan.FromDays(15));

        var pump = new ExpireCarts(cart.Store, cart.Clock);
        Assert.True(await pump.StepAsync(default));
        Assert.Equal(Expired - ExpireCarts.BatchMax + 1, await CountAsync("cart"));
        Assert.True(await pump.StepAsync(default));
        Assert.False(await pump.StepAsync(default));

        Assert.Equal((1, 1), (await CountAsync("cart"), await CountAsync("line")));
        Assert.Equal([("MUG", 1)], (await cart.ReadAsync(young)).Quantities);

        Task<long> CountAsync(string table) => cart.Database.ReadAsync(session => session.LongAsync(Sql.Text("SELECT COUNT(*) FROM " + table)));
    }
}
