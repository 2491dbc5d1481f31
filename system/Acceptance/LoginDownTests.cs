using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.Acceptance;

/// <summary>
/// Login is dead, and whoever has signed in does not notice. <c>SOUK_LOGIN_DOWN_SECONDS</c> says for how long; 10 without.
/// </summary>
public sealed class LoginDownTests : IAsyncLifetime
{
    // Two shoppers buy as fast as they can, from one address.
    readonly Store _store = new(postgres: null, ("Gateway__RequestsPerSecond", "0"));

    static readonly TimeSpan Length = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable("SOUK_LOGIN_DOWN_SECONDS") ?? "10", CultureInfo.InvariantCulture));

    public ValueTask InitializeAsync() => _store.InitializeAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task With_Login_dead_whoever_has_signed_in_goes_on_buying_also_when_other_services_have_restarted()
    {
        using var amal = await Account.RegisterAsync(_store, "amal.goes.on@example.com");
        using var noor = await Account.RegisterAsync(_store, "noor.goes.on@example.com");
        var skus = await SkusAsync();
        var (bought, watch) = (0, Stopwatch.StartNew());
        await using (_store.KeepDown("login"))
        {
            await Eventually.HoldsAsync("Login is gone", async () =>
                (await _store.Http.GetAsync("/.well-known/openid-configuration")).StatusCode == HttpStatusCode.ServiceUnavailable);
            watch.Restart();
            await WhileAsync(Length / 2);
            foreach (var service in (string[])["cart", "ordering", "storefront"]) _store.Kill(service);
            await Eventually.HoldsAsync("they are back", async () =>
                await IsWellAsync("/api/cart/carts/mine", amal) && await IsWellAsync("/api/ordering/orders", amal) && await IsWellAsync("/"), TimeSpan.FromSeconds(60));
            await WhileAsync(watch.Elapsed + Length / 2);

            using var guest = new Visitor(_store);
            using var refused = await guest.GetAsync("/signin");
            Assert.Equal("/?notice=signin-unavailable", refused.Headers.Location?.OriginalString);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{bought} orders of signed-in shoppers in {watch.Elapsed.TotalSeconds:0} s without Login, none failed");
        Assert.True(bought >= 10, $"Only {bought} orders were tried.");
        await Eventually.HoldsAsync("Login is back", async () => (await _store.Http.GetAsync("/.well-known/openid-configuration")).IsSuccessStatusCode, TimeSpan.FromSeconds(60));

        async Task WhileAsync(TimeSpan until)
        {
            do
            {
                await Task.WhenAll(BuyAsync(amal, skus[bought++ % skus.Count]), BuyAsync(noor, skus[bought++ % skus.Count]));
            }
            // Nobody buys what is sold out: that would say nothing of Login.
            while (watch.Elapsed < until && bought < 2 * skus.Count);
        }
    }

    /// <summary>From the own cart to a confirmed order; whatever is answered otherwise fails the test.</summary>
    async Task BuyAsync(Account who, string sku)
    {
        var cart = await AskAsync(who, HttpMethod.Get, "/api/cart/carts/mine", null);
        cart = await AskAsync(who, HttpMethod.Put, $"/api/cart/carts/{Text(cart, "id")}/lines/{sku}", new { quantity = 1 });
        var quote = await AskAsync(who, HttpMethod.Post, "/api/ordering/quotes", new { cartId = Text(cart, "id"), country = "DE" });
        var order = await AskAsync(who, HttpMethod.Post, "/api/ordering/orders", new
        {
            cartId = Text(cart, "id"),
            cartVersion = quote.GetProperty("cartVersion").GetInt64(),
            quoteHash = Text(quote, "quoteHash"),
            shippingOption = Text(quote, "shippingOption"),
            paymentMethod = "pm_card_success",
            email = who.Email,
            shippingAddress = new { name = "Amal Haddad", line1 = "Rosenweg 7", city = "Berlin", postalCode = "10115", country = "DE" },
        });
        for (var looks = 0; looks < 12 && Text(order, "state") is not ("Completed" or "Rejected" or "Cancelled"); looks++)
        {
            order = await AskAsync(who, HttpMethod.Get, $"/api/ordering/orders/{Text(order, "id")}?after={order.GetProperty("version").GetInt64()}&wait=5", null);
        }
        Assert.Equal("Completed", Text(order, "state"));
        Assert.True(Text(order, "outcome") == "confirmed", order.ToString());
    }

    async Task<JsonElement> AskAsync(Account who, HttpMethod method, string address, object? body)
    {
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", who.AccessToken);
        if (method == HttpMethod.Post) request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var answer = await _store.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {address}: {(int)answer.StatusCode} {text}");
        return JsonElement.Parse(text);
    }

    async Task<bool> IsWellAsync(string address, Account? who = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (who is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", who.AccessToken);
        using var answer = await _store.Http.SendAsync(request);
        return answer.IsSuccessStatusCode;
    }

    async Task<List<string>> SkusAsync()
    {
        var page = await _store.Http.GetFromJsonAsync<JsonElement>("/api/catalog/products?pageSize=48");
        var skus = page.GetProperty("items").EnumerateArray().SelectMany(product => product.GetProperty("skus").EnumerateArray()).Select(sku => sku.GetString()!).Take(50);
        var stock = await _store.Http.GetFromJsonAsync<JsonElement>("/api/inventory/stock?" + string.Join('&', skus.Select(sku => "sku=" + sku)));
        // Of the few that are left others may want one, too.
        return [.. stock.GetProperty("items").EnumerateArray().Where(one => Text(one, "availability") == "in_stock").Select(one => Text(one, "sku"))];
    }

    static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
