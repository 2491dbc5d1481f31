using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Souk.Launcher.Tests;

/// <summary>A store that opens and stays open.</summary>
public sealed class UpTests
{
    [Fact]
    public async Task A_store_opens_tells_its_address_and_every_service_its_surroundings()
    {
        await using var store = new TinyStore("cart");
        var run = await store.UpAsync();
        var gateway = await store.ReplicaAsync("gateway");
        Assert.Contains($"Souk is open: http://localhost:{gateway.Port}", run.Output);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{(await store.ReplicaAsync("cart")).Port}") };
        var stop = TestContext.Current.CancellationToken;
        Assert.Equal($"Data Source={store.Data.Databases}/cart/cart.db", await http.GetStringAsync("/environment/ConnectionStrings__Database", stop));
        Assert.Equal("cart-1", await http.GetStringAsync("/environment/Souk__Instance", stop));
        Assert.Equal((await store.ReplicaAsync("cart")).Version, await http.GetStringAsync("/environment/Souk__Version", stop));
    }

    [Fact]
    public async Task A_killed_service_leaves_the_endpoints_at_once_and_is_started_again()
    {
        await using var store = new TinyStore("cart");
        var run = await store.UpAsync();
        var before = await store.ReplicaAsync("cart");
        Assert.Contains($":{before.Port}", store.EndpointsText);

        Process.GetProcessById(before.Pid!.Value).Kill();
        await run.SaysAsync("cart-1 ended with code 137; starting it again");
        Assert.DoesNotContain($":{before.Port}", store.EndpointsText);

        await Eventually.HoldsAsync("cart is ready again", async () => (await store.ReplicaAsync("cart")) is { Ready: true, Restarts: 1 });
        var after = await store.ReplicaAsync("cart");
        Assert.NotEqual(before.Pid, after.Pid);
        Assert.Contains($":{after.Port}", store.EndpointsText);
    }

    [Fact]
    public async Task A_service_that_keeps_failing_says_why_and_does_not_keep_the_others_closed()
    {
        await using var store = new TinyStore("cart");
        store.Declare(Path.Combine("services", "broken"), "x", """{ "name": "broken", "command": ["sh", "-c", "echo no treasure here >&2; exit 3"] }""");
        var run = store.Start("up", "--port", "0");
        await run.SaysAsync("no treasure here");
        Assert.Contains("broken-1 ended with code 3; starting it again in 0.5 s", run.Output);
        await Eventually.HoldsAsync("cart is ready", async () => (await store.ReplicaAsync("cart")).Ready);
        var broken = await store.ReplicaAsync("broken");
        Assert.Equal((false, "crashed"), (broken.Ready, broken.Status));
    }

    [Fact]
    public async Task An_empty_store_opens_with_its_own_catalogue()
    {
        await using var store = new TinyStore("catalog");
        store.Write("data/catalogue.csv", "Handle,Title,Image Src\nmug,Mug,images/mug.svg\nbowl,Bowl,https://elsewhere.example/bowl.jpg\n");
        store.Write("data/images/mug.svg", "<svg/>");
        var run = await store.UpAsync();
        Assert.Contains("1 pictures sent", run.Output);
        Assert.Equal("<svg/>", await File.ReadAllTextAsync(Path.Combine(store.Data.Databases, "catalog", "mug.svg"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Status_lists_every_replica_as_json()
    {
        await using var store = new TinyStore("cart");
        await store.UpAsync();
        var status = store.Start("status", "--json");
        Assert.Equal(0, await status.EndAsync());
        var replicas = JsonNode.Parse(status.Output)!.AsArray();
        Assert.Equal(["cart", "gateway"], replicas.Select(replica => replica!["service"]!.GetValue<string>()));
        Assert.All(replicas, replica =>
        {
            Assert.True(replica!["ready"]!.GetValue<bool>());
            Assert.False(Process.GetProcessById(replica["pid"]!.GetValue<int>()).HasExited);
            Assert.True(replica["port"]!.GetValue<int>() > 0);
            Assert.StartsWith("0.0.0+", replica["version"]!.GetValue<string>());
        });
    }
}
