using System.Net;
using System.Net.Sockets;

namespace Souk.Launcher.Tests;

/// <summary>What the reader can put right is one line with what to do, an exit code, and no stack trace.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task A_second_start_on_the_same_data_says_who_runs()
    {
        await using var store = new TinyStore();
        var first = await store.UpAsync();
        var port = (await store.ReplicaAsync("gateway")).Port;
        await RefusesAsync(store, ["up", "--port", "0"], $"Souk already runs at http://localhost:{port}", $"(pid {first.Pid})");
        await RefusesAsync(store, ["reset", "--yes"], "The store runs", "Stop it with Ctrl-C");
    }

    [Fact]
    public async Task A_taken_port_is_named_before_anything_is_started()
    {
        await using var store = new TinyStore();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await RefusesAsync(store, ["--port", $"{port}"], $"Port {port} is taken", "--port");
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_named()
    {
        await using var store = new TinyStore();
        store.Write("occupied", "a file where a folder should be");
        await RefusesAsync(store, ["--data", "occupied"], "occupied", "--data");
    }

    [Fact]
    public async Task A_broken_declaration_is_named()
    {
        await using var store = new TinyStore();
        store.Write("services/cart/deploy/souk.json", """{ "name": "cart", "colour": "red" }""");
        await RefusesAsync(store, ["--port", "0"], "cart/deploy/souk.json is no declaration", "souk/README.md");
    }

    [Theory]
    [InlineData("missing.csv", "There is no file missing.csv")]
    [InlineData("poem.csv", "poem.csv is not a product CSV")]
    [InlineData("shelf.csv", "No store runs on")]
    public async Task An_import_that_cannot_be_says_why(string file, string expected)
    {
        await using var store = new TinyStore();
        store.Write("poem.csv", "roses,red\nviolets,blue\n");
        store.Write("shelf.csv", "Handle,Title\nmug,Mug\n");
        await RefusesAsync(store, ["import", file], expected);
    }

    [Fact]
    public async Task An_audit_of_nothing_says_so_and_one_of_an_empty_database_is_unknown()
    {
        await using var store = new TinyStore();
        await RefusesAsync(store, ["audit"], "There are no databases in", "--data DIR");
        store.Write(".souk/data/cart/cart.db", "");
        await RefusesAsync(store, ["audit", "--record", "none.jsonl"], "There is no file none.jsonl");
        var words = store.Start("audit");
        Assert.Equal(2, await words.EndAsync());
        Assert.Contains("[?]    I1  ", words.Output);
        Assert.Contains("there is no database of ordering", words.Output);
        var json = store.Start("audit", "--json");
        Assert.Equal(2, await json.EndAsync());
        Assert.Contains("\"verdict\": \"Unknown\"", json.Output);
    }

    [Fact]
    public async Task Status_of_a_closed_store_says_so()
    {
        await using var store = new TinyStore();
        var words = store.Start("status");
        Assert.Equal(1, await words.EndAsync());
        Assert.Contains("No store runs on", words.Output);
        var json = store.Start("status", "--json");
        Assert.Equal(1, await json.EndAsync());
        Assert.Equal("[]", json.Output);
    }

    static async Task RefusesAsync(TinyStore store, string[] words, params string[] expected)
    {
        var run = store.Start(words);
        Assert.Equal(1, await run.EndAsync());
        Assert.All(expected, text => Assert.Contains(text, run.Output));
        Assert.StartsWith("souk: ", run.Output);
        Assert.Single(run.Output.Split('\n'));
    }
}
