using System.Net;

namespace Souk.Inventory.Tests;

/// <summary>What Inventory learns of Catalog.</summary>
public sealed class LearnSkusTests
{
    [Theory, EveryEngine]
    public async Task A_new_sku_has_the_quantity_it_came_with(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        Assert.Equal("unknown", await inventory.ShownAsync("TEE-S"));
        await inventory.ListAsync("tee", ("TEE-S", 3), ("TEE-M", 12), ("TEE-L", 0), ("TEE-XL", -4));

        Assert.Equal((3, 0, 1), (await inventory.StockAsync("TEE-S")).Stock);
        Assert.Equal(["1: low 3"], await inventory.ChangesAsync("TEE-S"));
        Assert.Equal(["1: in_stock"], await inventory.ChangesAsync("TEE-M"));
        Assert.Equal(["1: out_of_stock 0"], await inventory.ChangesAsync("TEE-L"));
        Assert.Equal(["1: out_of_stock 0"], await inventory.ChangesAsync("TEE-XL"));
        var opening = Assert.Single(await inventory.AuditAsync("TEE-S"));
        Assert.Equal(("opening", "catalog", 0, 3), (opening.GetProperty("kind").GetString(), opening.GetProperty("by").GetString(),
            opening.GetProperty("onHandBefore").GetInt64(), opening.GetProperty("onHandAfter").GetInt64()));
    }

    [Theory, EveryEngine]
    public async Task A_known_sku_is_not_changed_by_the_catalogue(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("TEE-S", 3));
        await inventory.ReceiveAsync("TEE-S", 4);
        await inventory.ListAsync("tee", ("TEE-S", 100), ("TEE-M", 1));
        inventory.Catalog.Add("ProductWithdrawn", "tee", """{"handle":"tee","skus":["TEE-S","TEE-M"]}""");
        await inventory.ListAsync("other", ("TEE-S", 50), ("TEE-S", 60));

        Assert.Equal((7, 0, 2), (await inventory.StockAsync("TEE-S")).Stock);
        Assert.Equal((1, 0, 1), (await inventory.StockAsync("TEE-M")).Stock);
        Assert.Equal(["1: low 3", "2: low 7"], await inventory.ChangesAsync("TEE-S"));
    }

    [Theory, EveryEngine]
    public async Task Events_read_a_second_time_change_nothing(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("TEE-S", 3), ("TEE-M", 12));
        await inventory.ListAsync("mug", ("MUG", 5));
        await inventory.CorrectAsync("MUG", 1);
        var changes = await inventory.ChangesAsync();

        Assert.Equal(1, await inventory.ExecuteAsync($"UPDATE feed_cursor SET position = 0"));
        await inventory.Service.RestartAsync();
        inventory.Clock.Advance(TimeSpan.FromMinutes(1));
        await inventory.PumpAsync();

        Assert.Equal((1, 0, 2), (await inventory.StockAsync("MUG")).Stock);
        Assert.Equal(2, (await inventory.AuditAsync("MUG")).Count);
        Assert.Equal(changes, await inventory.ChangesAsync());
    }

    [Theory, EveryEngine]
    public async Task A_product_without_a_quantity_is_put_aside_and_the_next_one_learned(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        inventory.Catalog.Add("ProductPut", "broken", """{"handle":"broken","variants":[{"sku":"X"}]}""");
        await inventory.ListAsync("mug", ("MUG", 5));
        Assert.Equal("low 5", await inventory.ShownAsync("MUG"));
        Assert.Equal(HttpStatusCode.NotFound, (await inventory.StockAsync("X")).Status);
    }

    [Theory, EveryEngine]
    public async Task Stock_and_its_story_survive_a_restart(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("mug", ("MUG", 5));
        await inventory.ReceiveAsync("MUG", 20);
        await inventory.Service.RestartAsync();
        Assert.Equal((25, 0, 2), (await inventory.StockAsync("MUG")).Stock);
        Assert.Equal(["1: low 5", "2: in_stock"], await inventory.ChangesAsync("MUG"));
    }
}
