using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;

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
        Assert.Equal($"Data Source={store.Data.Databases}/cart/cart.db", await EnvironmentAsync(store, "cart", "ConnectionStrings__Database"));
        Assert.Equal("cart-1", await EnvironmentAsync(store, "cart", "Souk__Instance"));
        Assert.Equal((await store.ReplicaAsync("cart")).Version, await EnvironmentAsync(store, "cart", "Souk__Version"));
        Assert.Equal($"http://localhost:{gateway.Port}", await EnvironmentAsync(store, "cart", "Souk__StoreUrl"));
    }

    [Fact]
    public async Task Services_that_share_a_secret_get_the_same_one_and_others_none()
    {
        await using var store = new TinyStore("cart");
        foreach (var name in new[] { "payment", "sandbox" })
            store.Declare(Path.Combine("services", name), name, TinyStore.StandIn(name, name == "sandbox" ? "provider" : "service", "ProviderApi"));
        await store.UpAsync("--provider-port", "0");
        var secret = await EnvironmentAsync(store, "payment", "Souk__Secrets__ProviderApi");
        Assert.Equal(64, secret.Length);
        Assert.Equal(secret, await EnvironmentAsync(store, "sandbox", "Souk__Secrets__ProviderApi"));
        Assert.Equal("", await EnvironmentAsync(store, "cart", "Souk__Secrets__ProviderApi"));
        Assert.Equal($"http://localhost:{(await store.ReplicaAsync("sandbox")).Port}", await EnvironmentAsync(store, "cart", "Souk__ProviderUrl"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(store.Data.Keys, "ProviderApi.secret")));
    }

    [PostgresFact]
    public async Task On_a_postgres_server_every_service_has_a_database_and_a_user_that_the_others_databases_do_not_let_in()
    {
        await using var store = new TinyStore("cart", "catalog");
        await store.UpAsync("--postgres", await Postgres.CreateDatabaseAsync());
        var cart = new NpgsqlConnectionStringBuilder(await EnvironmentAsync(store, "cart", "ConnectionStrings__Database"));
        await using (var own = new NpgsqlConnection(cart.ToString()))
            await own.OpenAsync(TestContext.Current.CancellationToken);
        cart.Database = cart.Database!.Replace("cart", "catalog", StringComparison.Ordinal);
        await using var other = new NpgsqlConnection(cart.ToString());
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => other.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        Assert.Equal(["cart", "catalog", "gateway"], JsonNode.Parse(await File.ReadAllTextAsync(store.Data.DatabaseList, TestContext.Current.CancellationToken))!.AsObject().Select(one => one.Key));
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

    static async Task<string> EnvironmentAsync(TinyStore store, string service, string name)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{(await store.ReplicaAsync(service)).Port}") };
        return await http.GetStringAsync("/environment/" + name, TestContext.Current.CancellationToken);
    }
}
