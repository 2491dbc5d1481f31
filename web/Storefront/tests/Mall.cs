using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Data;

namespace Souk.Storefront.Tests;

/// <summary>The system's clock, moved on at once; what waits goes on waiting as long as it does.</summary>
public sealed class LateClock : TimeProvider
{
    public TimeSpan Late { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Late;
}

/// <summary>A shop with a Login.</summary>
public sealed class Mall(Shop shop, FakeLogin login, LateClock clock) : IAsyncDisposable
{
    public Shop Shop => shop;

    public FakeLogin Login => login;

    public LateClock Clock => clock;

    public static async Task<Mall> OpenAsync()
    {
        var store = new FakeStore().Add(FakeStore.Product("moon-vase", "Moon vase", 4900));
        var clock = new LateClock();
        var login = new FakeLogin("storefront", "/signin", clock);
        var shop = await Shop.StartAsync(store, login: login);
        login.WriteSecret(shop.Service.Keys);
        await Eventually.HoldsAsync("Login was heard", async () => (await shop.Shopper("localhost:8080").GetAsync("/signin")).Response.Headers.Location!
            .OriginalString.Contains("/connect/authorize", StringComparison.Ordinal));
        return new Mall(shop, login, clock);
    }

    public Shopper Shopper() => shop.Shopper("localhost:8080");

    /// <summary>The same browser, behind a gateway that shows a fresh identity.</summary>
    public Shopper Again(Shopper shopper)
    {
        var again = Shopper();
        foreach (var (name, value) in shopper.Cookies) again.Cookies[name] = value;
        return again;
    }

    public async Task<Page> CallbackAsync(Shopper shopper, string address)
    {
        var start = await shopper.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString(address));
        return await shopper.GetAsync(login.SignIn(start.Response.Headers.Location!.OriginalString));
    }

    public async Task<Page> SignInAsync(Shopper shopper, string address = "/") =>
        await shopper.GetAsync((await CallbackAsync(shopper, address)).Response.Headers.Location!.OriginalString);

    public async Task<long> SessionsAsync() => await shop.Service.App.Services.GetRequiredService<Database>()
        .ReadAsync(session => session.LongAsync($"SELECT COUNT(*) FROM session"));

    public async Task<byte[]> DatabaseAsync()
    {
        var file = new SqliteConnectionStringBuilder(shop.Service.App.Configuration["ConnectionStrings:Database"]).DataSource;
        await shop.Service.App.Services.GetRequiredService<Database>().ReadAsync(session => session.LongAsync($"PRAGMA wal_checkpoint"));
        return [.. await ReadAsync(file), .. await ReadAsync(file + "-wal")];

        static async Task<byte[]> ReadAsync(string path)
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            return copy.ToArray();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await shop.DisposeAsync();
        login.Dispose();
    }
}
