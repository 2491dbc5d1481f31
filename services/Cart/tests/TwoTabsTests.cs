using System.Net;

namespace Souk.Cart.Tests;

public sealed class TwoTabsTests
{
    [Theory, EveryEngine]
    public async Task No_write_is_lost_however_many_come_at_once(Engine engine)
    {
        const int Writers = 24;
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("many", [.. Enumerable.Range(0, Writers).Select(i => ("S" + i, 100L))]);
        var id = await cart.NewCartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, Writers).Select(i => cart.PutAsync(id, "S" + i, 1)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var end = await cart.ReadAsync(id);
        Assert.Equal((Writers, Writers + 1L), (end.Lines.Count, end.Version));
        // Each saw itself, and each version was given once.
        Assert.Equal(Enumerable.Range(2, Writers).Select(version => (long)version), answers.Select(a => a.Version).Order());
        Assert.All(answers, answer => Assert.Equal(answer.Version - 1, answer.Lines.Count));
    }

    [Theory, EveryEngine]
    public async Task Of_many_that_saw_the_same_version_exactly_one_wins(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        for (var round = 0; round < 5; round++)
        {
            var seen = (await cart.ReadAsync(id)).ETag;
            var first = 1 + round * 16;
            var answers = await Task.WhenAll(Enumerable.Range(first, 16).Select(q => cart.PutAsync(id, "MUG", q, seen)));

            var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            foreach (var answer in answers.Where(answer => answer != winner)) answer.IsRefusal(412, "cart.version_stale");
            Assert.Equal(winner.Body.GetRawText(), (await cart.ReadAsync(id)).Body.GetRawText());
        }
    }

    [Theory, EveryEngine]
    public async Task Removing_and_putting_at_once_ends_in_one_of_both_orders(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        await cart.SellAsync("mug", ("MUG", 500));
        for (var round = 0; round < 10; round++)
        {
            var id = await cart.NewCartAsync();
            await cart.PutAsync(id, "MUG", 1);
            var (put, removed) = (cart.PutAsync(id, "MUG", 7), cart.RemoveAsync(id, "MUG"));
            await Task.WhenAll(put, removed);
            var end = await cart.ReadAsync(id);
            Assert.Equal(4, end.Version);
            var last = (await put).Version > (await removed).Version ? await put : await removed;
            Assert.Equal(last.Body.GetRawText(), end.Body.GetRawText());
        }
    }

    [Theory]
    [InlineData("\"2\"", 200), InlineData("*", 200), InlineData("\"1\", \"2\"", 200), InlineData("\"x\",\"2\"", 200)]
    [InlineData("\"1\"", 412), InlineData("\"3\"", 412), InlineData("W/\"2\"", 412), InlineData("\"\"", 412), InlineData("\"*\"", 412)]
    [InlineData("\"02\"", 412), InlineData("2", 400), InlineData("\"2", 400), InlineData("\"2\" \"3\"", 400)]
    [InlineData("*, \"2\"", 400), InlineData(",", 400), InlineData("**", 400), InlineData(" ", 400)]
    public async Task If_match_is_read_as_http_says(string ifMatch, int status)
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        await cart.SellAsync("mug", ("MUG", 500));
        var id = await cart.NewCartAsync();
        await cart.PutAsync(id, "MUG", 1);

        foreach (var answer in new[] { await cart.PutAsync(id, "MUG", 2, ifMatch), await cart.RemoveAsync(id, "MUG", Next(ifMatch)) })
        {
            Assert.Equal(status, (int)answer.Status);
            Assert.Equal(status switch { 400 => "cart.if_match_invalid", 412 => "cart.version_stale", _ => null }, answer.Code);
        }

        string Next(string text) => status == 200 ? text.Replace('2', '3') : text;
    }
}
