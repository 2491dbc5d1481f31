using System.Text.Json;

namespace Souk.Launcher.Tests;

/// <summary>`souk shop` as a person or a script runs it.</summary>
public sealed class ShopTests
{
    [Fact]
    public async Task Shoppers_come_to_the_running_store_and_tell_what_they_saw()
    {
        await using var store = new TinyStore();
        await store.UpAsync();

        var shop = store.Start("shop", "--callers", "2", "--for", "1s", "--mix", "browse=2,search", "--json");
        Assert.Equal(0, await shop.EndAsync());
        var seen = JsonDocument.Parse(shop.Output).RootElement;
        Assert.True(seen.GetProperty("finished").GetInt64() > 0, shop.Output);
        Assert.Equal(0, seen.GetProperty("actions").GetProperty("product").GetProperty("failed").GetInt64());

        // Nobody here sells a cart: a run that did no work is not a pass, and says what it met.
        var record = Path.Combine(store.Root, "told.jsonl");
        var vain = store.Start("shop", "--callers", "1", "--checkouts", "2", "--mix", "buy", "--record", record);
        Assert.Equal(1, await vain.EndAsync());
        Assert.Contains("2 checkouts, 0 orders", vain.Output);
        Assert.Contains("2 no cart", vain.Output);
        Assert.Equal(2, File.ReadLines(record).Count());
    }

    [Theory]
    [InlineData("No store runs on", "shop"), InlineData("--rate 0 is no number", "shop", "--rate", "0", "--store", "http://localhost:1")]
    [InlineData("--for soon is no length", "shop", "--for", "soon", "--store", "http://localhost:1")]
    [InlineData("Nobody comes for 'steal'", "shop", "--mix", "steal", "--store", "http://localhost:1")]
    [InlineData("shows no catalogue", "shop", "--store", "http://localhost:1")]
    public async Task What_a_reader_can_put_right_is_one_line(string said, params string[] words)
    {
        await using var store = new TinyStore();
        var shop = store.Start(words);
        Assert.Equal(1, await shop.EndAsync());
        Assert.Contains(said, shop.Output);
        Assert.DoesNotContain('\n', shop.Output.Trim());
    }
}
