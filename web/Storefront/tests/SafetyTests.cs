using System.Net;
using System.Text.RegularExpressions;

namespace Souk.Storefront.Tests;

/// <summary>What keeps a shopper's browser careful.</summary>
public sealed partial class SafetyTests
{
    [Fact]
    public async Task Every_answer_carries_the_headers()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var home = await shopper.GetAsync("/");
        var product = await shopper.GetAsync("/product/moon-vase");
        Page[] answers =
        [
            home, product, await shopper.GetAsync("/nowhere"), await shopper.GetAsync("/product/none"),
            await shopper.GetAsync(Style().Match(home.Html).Groups[1].Value), await shopper.GetAsync("/health/live"),
            await shopper.PostAsync(product, "/cart/add", "same-origin"), await shopper.PostAsync(product, "/cart/add", "cross-site"),
        ];
        Assert.Equal([200, 200, 404, 404, 200, 200, 303, 403], answers.Select(answer => (int)answer.Status));
        Assert.All(answers, answer =>
        {
            var policy = answer.Response.Headers.GetValues("Content-Security-Policy").Single();
            foreach (var part in new[] { "default-src 'none'", "script-src 'nonce-", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "img-src 'self' https:" })
            {
                Assert.Contains(part, policy, StringComparison.Ordinal);
            }
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("strict-origin-when-cross-origin", answer.Response.Headers.GetValues("Referrer-Policy").Single());
            Assert.False(answer.Response.Headers.Contains("Strict-Transport-Security"));
        });
        Assert.Equal(answers.Length, answers.Select(answer => answer.Response.Headers.GetValues("Content-Security-Policy").Single()).Distinct().Count());
    }

    [Fact]
    public async Task Scripts_and_styles_carry_the_nonce_and_nothing_is_inline()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/tall-mug"), "/cart/add");
        foreach (var path in new[] { "/", "/search?q=mug&tag=handmade", "/category/pottery", "/product/tall-mug", "/cart", "/nowhere" })
        {
            var page = await shopper.GetAsync(path);
            var nonce = Regex.Match(page.Response.Headers.GetValues("Content-Security-Policy").Single(), "'nonce-([^']+)'").Groups[1].Value;
            var tags = Regex.Matches(page.Html, "<(script|link rel=\"stylesheet\")[^>]*>").Select(match => WebUtility.HtmlDecode(match.Value)).ToList();
            Assert.Equal(2, tags.Count);
            Assert.All(tags, tag => Assert.Contains($"nonce=\"{nonce}\"", tag, StringComparison.Ordinal));
            Assert.DoesNotMatch("""<[^>]+\s(style|on\w+)=""", page.Html);
            Assert.DoesNotContain("<style", page.Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Under_tls_there_is_hsts_and_the_cart_has_a_host_cookie()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper("shop.example", "https");
        var page = await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        Assert.True(page.Response.Headers.Contains("Strict-Transport-Security"));
        var cookie = shopper.SetCookies.Single(cookie => cookie.Contains("souk-cart", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.StartsWith("__host-souk-cart=", cookie, StringComparison.Ordinal);
        foreach (var part in new[] { "; secure", "; httponly", "; samesite=lax", "; path=/" }) Assert.Contains(part, cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("domain=", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure", shopper.SetCookies.Single(cookie => cookie.StartsWith("souk-storefront-form", StringComparison.Ordinal)), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, InlineData("localhost:8080", "__Host-souk-cart"), InlineData("127.0.0.1:8080", "__Host-souk-cart"), InlineData("192.168.1.5:8080", "souk-cart")]
    public async Task Over_plain_http_the_cookie_has_a_name_that_the_browser_takes(string host, string name)
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper(host);
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        Assert.Equal(shop.Store.Carts.Single().Id, shopper.Cookies[name]);
    }

    [Theory, InlineData("cross-site", 403), InlineData("same-site", 403), InlineData("same-origin", 303)]
    public async Task A_form_of_another_site_is_refused(string site, int status)
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var answer = await shopper.PostAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add", site);
        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(status == 303 ? 1 : 0, shop.Store.Carts.Count);
    }

    [Theory, InlineData("https://evil.example", 403), InlineData("null", 403), InlineData("http://localhost", 303)]
    public async Task Where_a_browser_says_only_its_origin_that_decides(string origin, int status)
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        var page = await shopper.GetAsync("/product/moon-vase");
        shopper.Headers["Origin"] = origin;
        Assert.Equal(status, (int)(await shopper.PostAsync(page, "/cart/add", site: null)).Status);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused_with_a_page()
    {
        await using var shop = await Shop.StartAsync();
        var answer = await shop.Shopper().PostAsync(page: null, "/cart/add", "same-origin", ("sku", "MOON-VASE"), ("quantity", "1"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("We could not take that form", answer.Text, StringComparison.Ordinal);
        Assert.Empty(shop.Store.Carts);
    }

    [Fact]
    public async Task What_looks_like_markup_in_a_product_is_shown_as_text()
    {
        const string Bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        var store = new FakeStore().Add(FakeStore.Product("bad", Bad, 100, category: Bad, vendor: Bad, image: "javascript:alert(1)",
            variants: [("S<b>1", [Bad]), ("S2", ["Large"])]));
        store.Products[0]["tags"]!.AsArray().Add(Bad);
        await using var shop = await Shop.StartAsync(store);
        var shopper = shop.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/bad"), "/cart/add");
        foreach (var path in new[] { "/", "/search", "/product/bad", "/cart", "/search?q=" + Uri.EscapeDataString(Bad), "/search?tag=" + Uri.EscapeDataString(Bad) + "&min=" + Uri.EscapeDataString(Bad) })
        {
            var page = await shopper.GetAsync(path);
            Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("<img src=x", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("javascript:", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("S<b>", page.Html, StringComparison.Ordinal);
            Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page.Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_looks_like_markup_in_an_address_is_shown_as_text()
    {
        const string Bad = "\"><script>alert(1)</script>";
        await using var shop = await Shop.StartAsync();
        var shopper = await CheckoutTests.WithCartAsync(shop);
        var typed = Field.All.Select(field => (field.Name, field == Field.Email ? "\"x\"@example.com" : field == Field.Country ? "DE" : Bad)).ToArray();
        await shopper.PostAsync(await shopper.GetAsync("/checkout"), "/checkout/pay", "same-origin", typed);
        var review = await CheckoutTests.BackWithCardAsync(shop, shopper);
        shop.Store.Ordering.NextCard = "unknown";
        var order = await shopper.SubmitAsync(review, "/checkout/review");
        shop.Store.Ordering.Last["reason"] = Bad;
        shop.Store.Ordering.Last["number"] = Bad;
        FakeOrdering.Ship(shop.Store.Ordering.Last, Bad);
        FakeOrdering.Pay(shop.Store.Ordering.Last, "declined", Bad, "javascript:alert(1)");
        Page[] pages =
        [
            review, order, await shopper.GetAsync("/order/order-1"), await shopper.GetAsync("/orders/find?number=" + Uri.EscapeDataString(Bad)),
            await shopper.SubmitAsync(await shopper.GetAsync("/orders/find"), "/orders/find", ("number", Bad), ("email", Bad)),
            await shopper.GetAsync("/cart?notice=short&short=" + Uri.EscapeDataString(Bad)),
        ];
        Assert.All(pages, page =>
        {
            Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("javascript:", page.Html, StringComparison.Ordinal);
        });
        Assert.Contains("&lt;script&gt;alert(1)", review.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", order.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_forms_of_a_checkout_may_lead_to_the_provider_and_its_pages_are_kept_by_nobody()
    {
        await using var shop = await Shop.StartAsync();
        var (shopper, review) = await CheckoutTests.AtReviewAsync(shop);
        var checkout = await shopper.GetAsync("/checkout");
        var order = await shopper.SubmitAsync(review, "/checkout/review");
        foreach (var page in new[] { checkout, review, order })
        {
            Assert.Contains("form-action 'self' http://localhost:8082;", page.Response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.True(page.Response.Headers.CacheControl is { Private: true, NoStore: true });
            Assert.DoesNotMatch("""<[^>]+\s(style|on\w+)=""", page.Html);
            Assert.Equal(2, Regex.Count(page.Html, "<(script|link rel=\"stylesheet\")[^>]*nonce="));
        }
        Assert.Contains("form-action 'self';", (await shopper.GetAsync("/cart")).Response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory, InlineData("/checkout/pay"), InlineData("/checkout/update"), InlineData("/checkout/card"), InlineData("/checkout/review"), InlineData("/order/order-1/cancel"), InlineData("/order/order-1/pay"), InlineData("/orders/find")]
    public async Task Every_form_of_a_checkout_has_a_token_and_is_of_this_shop(string action)
    {
        await using var shop = await Shop.StartAsync();
        shop.Store.Ordering.NextCard = "declined";
        var (shopper, review) = await CheckoutTests.AtReviewAsync(shop);
        var order = await shopper.SubmitAsync(review, "/checkout/review");
        var orders = shop.Store.Asked.Count(asked => asked.StartsWith("ordering POST", StringComparison.Ordinal));
        Assert.Equal(400, (int)(await shopper.PostAsync(page: null, action, "same-origin")).Status);
        Assert.Equal(403, (int)(await shopper.PostAsync(order, "/order/order-1/pay", "cross-site", [], to: action)).Status);
        Assert.Equal(orders, shop.Store.Asked.Count(asked => asked.StartsWith("ordering POST", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_bug_shows_its_code_and_leaks_nothing()
    {
        await using var shop = await Shop.StartAsync();
        shop.Store.Moods["inventory"] = Mood.Strange;
        var page = await shop.Shopper().GetAsync("/product/moon-vase");
        Assert.Equal(HttpStatusCode.InternalServerError, page.Status);
        Assert.Contains("Something broke on our side", page.Text, StringComparison.Ordinal);
        Assert.Matches("<code>[0-9a-f]{32}</code>", page.Html);
        Assert.DoesNotContain("secret detail", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_address_product_or_category_is_a_page_of_its_own()
    {
        await using var shop = await Shop.StartAsync();
        foreach (var path in new[] { "/nowhere", "/product/none", "/category/none", "/assets/none.css" })
        {
            var page = await shop.Shopper().GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, page.Status);
            Assert.Contains("This stall is empty", page.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Files_are_kept_for_ever_and_pages_by_nobody_else()
    {
        await using var shop = await Shop.StartAsync();
        var home = await shop.Shopper().GetAsync("/");
        Assert.True(home.Response.Headers.CacheControl is { Private: true, NoCache: true });
        foreach (Match file in Regex.Matches(home.Html, "/assets/[^\"]+"))
        {
            var answer = await shop.Shopper().GetAsync(file.Value);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Contains("immutable", answer.Response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Only_the_gateway_is_served()
    {
        await using var shop = await Shop.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.Service.Anonymous().GetAsync("/cart")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await shop.Service.As("cart").GetAsync("/cart")).StatusCode);
    }

    [GeneratedRegex("<link rel=\"stylesheet\" href=\"([^\"]+)\"")]
    private static partial Regex Style();
}
