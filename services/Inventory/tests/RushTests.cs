using System.Net;

namespace Souk.Inventory.Tests;

/// <summary>Many at the same moment.</summary>
public sealed class RushTests
{
    [Theory, EveryEngine]
    public async Task The_last_unit_under_a_thousand_parallel_buyers_goes_to_exactly_one(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("last", ("LAST", 1));
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => inventory.ReserveAsync($"o{i}", 900, ("LAST", 1))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(999, answers.Count(answer => answer.Code == "inventory.reservation.out_of_stock" && answer.Skus.Single() == "LAST"));
        Assert.Equal((1, 1, 2), (await inventory.StockAsync("LAST")).Stock);
        Assert.Equal((1, 1), (await inventory.CountAsync($"SELECT COUNT(*) FROM reservation"),
            await inventory.CountAsync($"SELECT COUNT(*) FROM reservation_line")));
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task Of_two_at_once_who_want_the_last_one_exactly_one_gets_it_a_thousand_times(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        var last = Enumerable.Range(0, 1000).Select(i => $"LAST-{i}").ToList();
        await inventory.ListAsync("last", [.. last.Select(sku => (sku, 1L))]);
        foreach (var together in last.Chunk(100))
        {
            var pairs = await Task.WhenAll(together.Select(sku => Task.WhenAll(
                inventory.ReserveAsync(sku + "-a", 900, (sku, 1)), inventory.ReserveAsync(sku + "-b", 900, (sku, 1)))));
            Assert.All(pairs, pair =>
            {
                Assert.Single(pair, answer => answer.Status == HttpStatusCode.OK);
                Assert.Single(pair, answer => answer.Code == "inventory.reservation.out_of_stock");
            });
        }
        Assert.Equal(1000, await inventory.CountAsync($"SELECT COUNT(*) FROM reservation"));
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task Orders_that_want_the_same_in_every_order_of_lines_neither_stop_each_other_nor_oversell(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 60), ("B", 60), ("C", 60));
        string[] skus = ["A", "B", "C"];
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            (string, long)[] lines = [(skus[i % 3], 1), (skus[(i + 1 + i / 3 % 2) % 3], 1)];
            var reserved = await inventory.ReserveAsync($"o{i}", i % 2 == 0 ? 900 : null, lines);
            if (reserved.Status != HttpStatusCode.OK) return reserved;
            return await inventory.MoveAsync($"o{i}", i % 4 == 0 ? "released" : "committed");
        }));
        Assert.All(answers, answer => Assert.Contains(answer.State, (string[])["released", "committed", "inventory.reservation.out_of_stock"]));
        Assert.True(answers.Count(answer => answer.State == "committed") is > 40 and <= 90);
        await inventory.IsWholeAsync();
    }

    [Theory, EveryEngine]
    public async Task One_order_asked_for_everything_at_once_ends_whole(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 100), ("B", 100));
        for (var round = 0; round < 10; round++)
        {
            var order = $"o{round}";
            var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => (i % 4) switch
            {
                0 => inventory.ReserveAsync(order, 900, ("A", 2), ("B", 1)),
                1 => inventory.MoveAsync(order, "pinned"),
                2 => inventory.MoveAsync(order, round % 2 == 0 ? "committed" : "held", round % 2 == 0 ? null : 60),
                _ => inventory.MoveAsync(order, i == 23 ? "released" : "pinned"),
            }));
            Assert.All(answers, answer => Assert.Contains((int)answer.Status, (int[])[200, 409]));
            await inventory.IsWholeAsync();
        }
        Assert.Equal(10, await inventory.CountAsync($"SELECT COUNT(*) FROM reservation"));
    }
}
