using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;

namespace Souk.Acceptance;

/// <summary>A shopper in a real browser, at a store of real processes, some of which die.</summary>
[Collection(nameof(OpenStore))]
public sealed class ShoppingTests(Store store) : IAsyncLifetime
{
    static readonly TimeSpan PageBound = TimeSpan.FromSeconds(1);

    Browser? _browser;
    IBrowserContext _shopper = null!;

    public async ValueTask InitializeAsync()
    {
        if (BrowserFactAttribute.Path is null) return;
        _browser = await Browser.OpenAsync(store);
        _shopper = await _browser.ShopperAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
    }

    [BrowserFact]
    public async Task A_shopper_browses_searches_and_fills_a_cart_from_two_tabs()
    {
        var page = await _shopper.NewPageAsync();
        await page.GotoAsync("/");
        await Browser.AccessibleAsync(page);
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Categories", Exact = true }).GetByRole(AriaRole.Link, new() { Name = "Ceramics" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Ceramics");
        await Browser.AccessibleAsync(page);

        await page.GetByRole(AriaRole.Searchbox).FillAsync("MÚG");
        await page.GetByRole(AriaRole.Searchbox).PressAsync("Enter");
        await Browser.AccessibleAsync(page);
        await page.Locator(".cards").GetByRole(AriaRole.Link).First.ClickAsync();
        await Browser.AccessibleAsync(page);

        // The same product in two tabs, added from both at once: both are in the cart.
        var other = await _shopper.NewPageAsync();
        await other.GotoAsync(page.Url);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).ClickAsync();
        await Assertions.Expect(page.Locator(".bag-count")).ToHaveTextAsync("1");
        await Task.WhenAll(
            page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).ClickAsync(),
            other.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).ClickAsync());
        await Eventually.HoldsAsync("both tabs' adds are in the cart", async () =>
        {
            await other.GotoAsync("/cart");
            return await other.Locator(".bag-count").TextContentAsync() == "3";
        });
        await Browser.AccessibleAsync(other);
        Assert.Empty(_browser!.Complaints);
    }

    [BrowserFact]
    public async Task Each_service_may_die_and_costs_a_page_its_part_not_the_page()
    {
        var page = await _shopper.NewPageAsync();
        await page.GotoAsync("/search?q=mug");
        await page.Locator(".cards").GetByRole(AriaRole.Link).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).ClickAsync();
        await Assertions.Expect(page.Locator(".bag-count")).ToHaveTextAsync("1");
        var product = new Uri(page.Url).PathAndQuery;
        await page.GotoAsync("/cart");
        var total = await page.Locator(".sum-total dd").TextContentAsync();
        var stock = await StockAsync();

        await using (store.KeepDown("inventory"))
        {
            await ShowsAsync(page, product, text => text.Contains("unknown", StringComparison.OrdinalIgnoreCase));
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" })).ToBeEnabledAsync();
        }
        await using (store.KeepDown("cart"))
        {
            await ShowsAsync(page, product, text => text.Contains("unavailable", StringComparison.Ordinal));
            await ShowsAsync(page, "/", text => text.Contains("Ceramics", StringComparison.Ordinal));
        }
        await Eventually.HoldsAsync("Cart is back", async () =>
        {
            await page.GotoAsync("/cart");
            return await page.Locator(".sum-total dd").TextContentAsync(new() { Timeout = 500 }) == total;
        }, TimeSpan.FromSeconds(40));
        await using (store.KeepDown("catalog"))
        {
            await ShowsAsync(page, "/cart", text => text.Contains(total!, StringComparison.Ordinal));
            await ShowsAsync(page, "/search?q=mug", text => text.Contains("back in a moment", StringComparison.OrdinalIgnoreCase));
        }

        await Eventually.HoldsAsync("everything is as before", async () =>
        {
            await page.GotoAsync(product);
            if (!await page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).IsVisibleAsync()) return false;
            await page.GotoAsync("/cart");
            return await page.Locator(".sum-total dd").TextContentAsync(new() { Timeout = 500 }) == total && await StockAsync() == stock;
        }, TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("apparel.csv")]
    [InlineData("home-and-garden.csv")]
    public async Task An_imported_catalogue_is_found_priced_and_counted_without_a_restart(string file)
    {
        var path = Repository.SharedData(file);
        if (path is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", $"../shared/data/{file} is not there.");
            Assert.Fail($"../shared/data/{file} is not there.");
        }
        var rows = Csv(path);
        var first = await store.RunAsync("import", path);
        Assert.Contains("20 products", first, StringComparison.Ordinal);
        var again = await store.RunAsync("import", path);
        Assert.Contains("0 new, 0 changed, 20 as before", again, StringComparison.Ordinal);

        foreach (var (handle, variants) in rows)
        {
            var product = await store.Http.GetFromJsonAsync<JsonElement>($"/api/catalog/products/{handle}");
            var skus = product.GetProperty("variants").EnumerateArray().Select(v => v.GetProperty("sku").GetString()!).ToList();
            Assert.Equal(variants, skus.Count);

            var title = product.GetProperty("title").GetString()!;
            var found = await store.Http.GetStringAsync("/api/catalog/products?query=" + Uri.EscapeDataString(title));
            Assert.Contains($"\"{handle}\"", found, StringComparison.Ordinal);

            var sku = Uri.EscapeDataString(skus[0]);
            await Eventually.HoldsAsync($"{handle} is counted in stock", async () =>
                !(await store.Http.GetStringAsync($"/api/inventory/stock?sku={sku}")).Contains("\"unknown\"", StringComparison.Ordinal));
            await Eventually.HoldsAsync($"{handle} is priced in a cart", async () =>
            {
                using var made = await store.Http.PostAsync("/api/cart/carts", null);
                var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
                using var put = await store.Http.PutAsJsonAsync($"/api/cart/carts/{id}/lines/{sku}", new { quantity = 1 });
                var cart = await put.Content.ReadFromJsonAsync<JsonElement>();
                return cart.GetProperty("total").GetProperty("amount").GetInt64()
                    == product.GetProperty("variants")[0].GetProperty("price").GetProperty("amount").GetInt64();
            });
        }
    }

    /// <summary>The page is there within a second and shows what it should; a busy machine may try a few times.</summary>
    static Task ShowsAsync(IPage page, string address, Func<string, bool> expected) =>
        Eventually.HoldsAsync($"{address} shows what is left within {PageBound.TotalSeconds} s", async () =>
        {
            var started = TimeProvider.System.GetTimestamp();
            var answer = await page.GotoAsync(address, new() { WaitUntil = WaitUntilState.Commit });
            var elapsed = TimeProvider.System.GetElapsedTime(started);
            return answer is { Status: 200 or 503 } && elapsed < PageBound && expected(await page.InnerTextAsync("body"));
        });

    async Task<string> StockAsync()
    {
        var all = await store.Http.GetFromJsonAsync<JsonElement>("/api/catalog/products?pageSize=20&sort=title");
        var skus = all.GetProperty("items").EnumerateArray().Select(item => "sku=" + Uri.EscapeDataString(item.GetProperty("skus")[0].GetString()!));
        return await store.Http.GetStringAsync("/api/inventory/stock?" + string.Join('&', skus));
    }

    /// <summary>Handle and number of variants of each product: rows that name an option or a price.</summary>
    static Dictionary<string, int> Csv(string path)
    {
        using var csv = new Microsoft.VisualBasic.FileIO.TextFieldParser(path) { Delimiters = [","], TrimWhiteSpace = false };
        var header = csv.ReadFields()!;
        var (handle, price) = (Array.IndexOf(header, "Handle"), Array.IndexOf(header, "Variant Price"));
        var variants = new Dictionary<string, int>(StringComparer.Ordinal);
        while (csv.ReadFields() is { } row)
        {
            variants.TryAdd(row[handle], 0);
            if (row[price].Length > 0) variants[row[handle]]++;
        }
        return variants;
    }
}
