using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Souk.BackOffice.Tests;

/// <summary>What keeps a browser careful that may do much.</summary>
public sealed class SafetyTests
{
    static readonly string[] Pages =
    [
        "/staff", "/staff/orders", "/staff/orders/order-1", "/staff/stock", "/staff/stock/item?sku=MUG-S", "/staff/catalogue",
        "/staff/catalogue/product?handle=tall-mug", "/staff/catalogue/import", "/staff/customers?query=a", "/staff/customers/amal",
    ];

    [Fact]
    public async Task Every_page_carries_the_headers_is_kept_by_nobody_and_has_nothing_inline()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        foreach (var path in Pages)
        {
            var page = await staff.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.OK), (path, page.Status));
            var policy = page.Response.Headers.GetValues("Content-Security-Policy").Single();
            foreach (var part in (string[])["default-src 'none'", "form-action 'self';", "frame-ancestors 'none'", "base-uri 'none'"]) Assert.Contains(part, policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", page.Response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(page.Response.Headers.CacheControl is { Private: true, NoStore: true });
            Assert.DoesNotMatch("""<[^>]+\s(style|on\w+)=""", page.Html);
            Assert.DoesNotContain("<script", page.Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_looks_like_markup_is_shown_as_text()
    {
        const string Bad = "\"><script>alert(1)</script>";
        await using var office = await Office.OpenAsync();
        var backend = office.Backend;
        var staff = await office.StaffAsync();
        foreach (var field in (string[])["number", "email", "reason"]) backend.Order[field] = Bad;
        foreach (var field in (string[])["name", "line1", "line2", "city", "postalCode", "region", "country", "phone"]) backend.Order["shippingAddress"]![field] = Bad;
        foreach (var field in (string[])["title", "variantTitle", "sku", "productHandle"]) backend.Order["lines"]![0]![field] = Bad;
        foreach (var field in (string[])["title", "description", "vendor", "category"]) backend.Product[field] = Bad;
        (backend.Product["tags"], backend.Product["options"]) = (new JsonArray(Bad), new JsonArray(Bad));
        foreach (var field in (string[])["sku", "image"]) backend.Product["variants"]![0]![field] = Bad;
        foreach (var field in (string[])["src", "alt"]) backend.Product["images"]![0]![field] = Bad;
        backend.Account["email"] = Bad;
        backend.Attention.Add(new JsonObject { ["saga"] = "checkout", ["id"] = Bad, ["orderId"] = Bad, ["state"] = "NeedsAttention", ["since"] = "2026-01-02T03:04:05Z", ["note"] = Bad });
        backend.Actions.Add(new JsonObject { ["what"] = "move", ["by"] = Bad, ["was"] = Bad, ["became"] = Bad, ["reason"] = Bad, ["at"] = "2026-01-03T00:00:00Z" });
        backend.Changes.Add(new JsonObject { ["key"] = "", ["version"] = 1, ["kind"] = Bad, ["onHandBefore"] = 1, ["onHandAfter"] = 2, ["reason"] = Bad, ["by"] = Bad, ["at"] = "2026-01-03T00:00:00Z" });
        var asked = Uri.EscapeDataString(Bad);
        var refused = await staff.PostAsync(await staff.GetAsync("/staff/orders/order-1"), "/staff/orders/order-1/refund", "same-origin", ("what", Bad), ("amount", Bad), ("reason", Bad));
        Page[] pages =
        [
            refused, .. await Task.WhenAll(Pages.Where(path => !path.EndsWith("import", StringComparison.Ordinal)).Select(staff.GetAsync)), await staff.GetAsync("/staff/orders?email=" + asked),
            await staff.GetAsync("/staff/customers?query=" + asked), await staff.GetAsync("/staff/catalogue?query=" + asked), await staff.GetAsync("/staff/stock?query=" + asked),
        ];
        Assert.All(pages, page => Assert.DoesNotContain("<script>alert", page.Html, StringComparison.Ordinal));
        Assert.Equal(pages.Length - 1, pages.Count(page => page.Html.Contains("&lt;script&gt;alert(1)", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/staff/orders/order-1", "/staff/orders/order-1/refund")]
    [InlineData("/staff/stock/item?sku=MUG-S", "/staff/stock/item/receive")]
    [InlineData("/staff/stock/item?sku=MUG-S", "/staff/stock/item/correct")]
    [InlineData("/staff/catalogue/product?handle=tall-mug", "/staff/catalogue/product/save")]
    [InlineData("/staff/customers/amal", "/staff/customers/amal/disable")]
    public async Task Every_form_has_a_token_and_is_of_this_site(string at, string action)
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var page = await staff.GetAsync(at);
        Assert.Equal(400, (int)(await staff.PostAsync(page: null, action, "same-origin")).Status);
        Assert.Equal(403, (int)(await staff.PostAsync(page, action, "cross-site")).Status);
        Assert.DoesNotContain(office.Backend.Asked, asked => !asked.Contains(" GET ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_cookies_and_files_are_not_the_shops()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var page = await staff.GetAsync("/staff");
        Assert.All(staff.Cookies.Keys, name => Assert.Contains("souk-backoffice-", name, StringComparison.Ordinal));
        var file = Regex.Match(page.Html, "<link rel=\"stylesheet\" href=\"(/staff/assets/[^\"]+)\"").Groups[1].Value;
        var style = await office.Browser().GetAsync(file);
        Assert.Equal(HttpStatusCode.OK, style.Status);
        Assert.Contains("immutable", style.Response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }
}
