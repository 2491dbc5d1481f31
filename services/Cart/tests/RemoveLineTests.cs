namespace Souk.Cart.Tests;

public sealed class RemoveLineTests
{
    [Theory, EveryEngine]
    public async Task A_line_is_taken_out_and_once_more_changes_nothing(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500), ("CUP", 300));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 1);
        await cart.PutAsync(id, "CUP", 2);

        var removed = await cart.RemoveAsync(id, "MUG");
        Assert.Equal([("CUP", 2)], removed.Quantities);
        Assert.Equal((4L, "\"4\"", 600L), (removed.Version, removed.ETag, removed.Total));

        var again = await cart.RemoveAsync(id, "MUG");
        Assert.Equal(removed.Body.GetRawText(), again.Body.GetRawText());
        Assert.Equal(4, (await cart.RemoveAsync(id, "NEVER-SOLD")).Version);
    }

    [Theory, EveryEngine]
    public async Task What_is_withdrawn_from_sale_can_still_be_taken_out(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 1);
        await cart.WithdrawAsync("mug");
        Assert.Empty((await cart.RemoveAsync(id, "MUG")).Lines);
    }
}
