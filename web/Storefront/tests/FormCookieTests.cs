using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Storefront.Tests;

/// <summary>A form's cookie is as well kept as the others.</summary>
public sealed class FormCookieTests
{
    [Fact]
    public async Task Where_the_shop_is_known_by_https_every_cookie_is_of_its_host_alone()
    {
        var store = new FakeStore().Add(FakeStore.Product("moon-vase", "Moon vase", 4900));
        await using var shop = await TestService.StartAsync(StorefrontService.Build, Engine.Sqlite, new ServiceSetup
        {
            Network = store.Network,
            Configuration = new Dictionary<string, string?> { ["Souk:StoreUrl"] = "https://shop.example" },
        });
        using var http = shop.Http;
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        http.DefaultRequestHeaders.Add("X-Forwarded-Host", "shop.example");
        using var page = await http.GetAsync("/product/moon-vase");
        Assert.All(page.Headers.GetValues("Set-Cookie"), cookie =>
        {
            Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
            foreach (var part in (string[])["; secure", "; httponly", "; samesite=lax", "; path=/"]) Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        });
    }
}
