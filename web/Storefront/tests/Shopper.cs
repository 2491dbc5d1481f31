using System.Text.RegularExpressions;
using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Storefront.Tests;

/// <summary>A shop over a fake store, listening on a port of its own.</summary>
public sealed class Shop : IAsyncDisposable
{
    Shop(TestService service, FakeStore store)
    {
        Service = service;
        Store = store;
    }

    public TestService Service { get; }

    public FakeStore Store { get; }

    /// <summary>Starts a shop. The budgets are long, so that a busy machine loses no part, unless a test is about them.</summary>
    public static async Task<Shop> StartAsync(FakeStore? store = null, TimeSpan? budget = null, FakeLogin? login = null)
    {
        var time = (budget ?? TimeSpan.FromSeconds(20)).ToString("c");
        store ??= new FakeStore()
            .Add(FakeStore.Product("moon-vase", "Moon vase", 4900))
            .Add(FakeStore.Product("tall-mug", "Tall mug", 1999, variants: [("MUG-S", ["Small"]), ("MUG-L", ["Large"])]))
            .Add(FakeStore.Product("cedar-lamp", "Cedar lamp", 12900, category: "Light & scent", vendor: "Lamp Alley"));
        var setup = new ServiceSetup
        {
            Network = store.Network,
            Configuration = new Dictionary<string, string?>
            {
                ["Storefront:Budgets:Catalog"] = time,
                ["Storefront:Budgets:Inventory"] = time,
                ["Storefront:Budgets:Cart"] = time,
                ["Storefront:Budgets:CartChange"] = time,
                ["Storefront:Budgets:Quote"] = time,
                ["Storefront:Budgets:Order"] = time,
                ["Storefront:Budgets:OrderChange"] = time,
                ["Storefront:Budgets:Payment"] = time,
                ["Souk:ProviderUrl"] = "http://localhost:8082",
            },
        };
        if (login is not null) (store.Login, store.Moods["login"]) = (login, Mood.Well);
        var service = await TestService.StartAsync(StorefrontService.Build, Engine.Sqlite, login?.Vouching(setup) ?? setup);
        if (budget is null) return new Shop(service, store);
        // What a first request costs (pages are compiled by then) is not what these budgets are about.
        using var client = service.As("gateway");
        client.DefaultRequestHeaders.Add("Cookie", "souk-cart=nobody");
        foreach (var path in new[] { "/", "/search", "/product/" + (store.Products.Count > 0 ? store.Products[0]["handle"]!.GetValue<string>() : "none"), "/cart", "/checkout", "/order/none", "/orders/find" })
        {
            using var answer = await client.GetAsync(path);
        }
        store.Asked.Clear();
        return new Shop(service, store);
    }

    public Shopper Shopper(string host = "localhost", string scheme = "http") => new(Service, host, scheme);

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

/// <summary>A shopper's browser.</summary>
public sealed class Shopper(TestService service, string host, string scheme) : Browser(service, host, scheme);

static class ShopPages
{
    extension(Page page)
    {
        public string Badge => Regex.Match(page.Html, """<a class="bag.*?</a>""", RegexOptions.Singleline).Value;
    }
}
