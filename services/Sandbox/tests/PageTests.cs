using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Souk.Sandbox.Tests;

public sealed partial class PageTests
{
    const string Link = "/pay?reference=ord-1&amount=1999&currency=EUR"
        + "&return_url=http%3A%2F%2Flocalhost%3A8080%2Fcheckout%3Fcart%3D7&cancel_url=http%3A%2F%2Flocalhost%3A8080%2Fcart";

    [Theory, EveryEngine]
    public async Task A_card_is_entered_and_its_token_pays(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        var (response, html) = await sandbox.BrowseAsync(Link, fetchSite: "cross-site");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("€19.99", WebUtility.HtmlDecode(html), StringComparison.Ordinal);

        foreach (var (number, state) in new[] { ("4242 4242 4242 4242", "authorized"), ("4000-0000-0000-9995", "declined"), ("4000000000003220", "requires_action") })
        {
            var token = await EnterAsync(sandbox, number);
            Assert.Equal(state, (await sandbox.AuthorizeAsync("a" + number, token)).State);
        }
    }

    [Theory]
    [InlineData("number", "4242 4242 4242 4241", "typing error"), InlineData("number", "", "front of the card")]
    [InlineData("number", "4242", "12 to 19 digits"), InlineData("number", "4111 1111 1111 1111", "test cards only")]
    [InlineData("expiry", "13/29", "month and year"), InlineData("expiry", "12/25", "has expired"), InlineData("expiry", "soon", "month and year")]
    [InlineData("cvc", "12", "3 digits"), InlineData("cvc", "1x3", "3 digits"), InlineData("name", " ", "name")]
    public async Task What_is_wrong_is_said_at_its_field_and_nothing_is_kept(string field, string value, string said)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var form = Form("4242424242424242");
        form[field] = value;
        var (response, html) = await sandbox.BrowseAsync("/pay", form);
        Assert.Equal(422, (int)response.StatusCode);
        Assert.Contains(said, html, StringComparison.Ordinal);
        Assert.Contains($"href=\"#{field}\"", html, StringComparison.Ordinal);
        Assert.Contains($"id=\"{field}-error\"", html, StringComparison.Ordinal);
        Assert.Matches($"<input id=\"{field}\"[^>]*aria-invalid=\"true\"", html);
        Assert.DoesNotContain(form["number"].Length > 8 ? form["number"] : "value=\"4242", html, StringComparison.Ordinal);
        Assert.Equal(0, await sandbox.Database.ReadAsync(session => session.LongAsync($"SELECT COUNT(*) FROM payment_method")));
    }

    [Theory]
    [InlineData("01/26"), InlineData("1 / 26"), InlineData("0129"), InlineData("12/2030")]
    public async Task An_expiry_date_may_be_typed_as_people_do(string expiry)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var form = Form("4242424242424242");
        form["expiry"] = expiry;
        Assert.Equal(HttpStatusCode.SeeOther, (await sandbox.BrowseAsync("/pay", form)).Response.StatusCode);
    }

    [Theory]
    [InlineData("return_url", "https://evil.example/"), InlineData("cancel_url", "https://evil.example/")]
    [InlineData("return_url", "http://localhost:8080@evil.example/"), InlineData("return_url", "http://localhost:80801/")]
    [InlineData("return_url", "http://me@localhost:8080/"), InlineData("return_url", "javascript:alert(1)"), InlineData("return_url", "/cart")]
    [InlineData("amount", "0"), InlineData("amount", "19.99"), InlineData("currency", "euro"), InlineData("reference", "")]
    public async Task A_link_that_leads_out_of_the_shop_or_says_nothing_is_refused(string field, string value)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var form = Form("4242424242424242");
        form[field] = value;
        Assert.Equal(HttpStatusCode.BadRequest, (await sandbox.BrowseAsync("/pay", form)).Response.StatusCode);
        var query = string.Join('&', form.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
        Assert.Equal(HttpStatusCode.BadRequest, (await sandbox.BrowseAsync("/pay?" + query)).Response.StatusCode);
    }

    [Fact]
    public async Task A_form_of_another_site_is_refused()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        Assert.Equal(HttpStatusCode.BadRequest, (await sandbox.BrowseAsync("/pay", Form("4242424242424242"), "cross-site")).Response.StatusCode);
        var id = (await sandbox.AuthorizeAsync("a1", "pm_card_3ds")).Id;
        Assert.Equal(HttpStatusCode.NotFound, (await sandbox.BrowseAsync("/3ds/" + id, new() { ["answer"] = "approve" }, "cross-site")).Response.StatusCode);
        Assert.Equal("requires_action", (await sandbox.GetAsync("/v1/authorizations/" + id)).State);
    }

    [Fact]
    public async Task What_comes_from_outside_is_shown_as_text()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var form = Form("");
        form["reference"] = "<script>alert(1)</script>";
        form["name"] = "\"><img src=x onerror=alert(1)>";
        form["expiry"] = "'\"<b>";
        var (_, html) = await sandbox.BrowseAsync("/pay", form);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Every_page_is_guarded_and_its_style_is_the_one_the_policy_names()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var id = (await sandbox.AuthorizeAsync("a1", "pm_card_3ds")).Id;
        foreach (var address in new[] { Link, "/pay", "/3ds/" + id, "/3ds/unknown" })
        {
            var (response, html) = await sandbox.BrowseAsync(address);
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            var style = StyleText().Match(html).Groups[1].Value;
            Assert.Contains($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'", policy, StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            if (html.Contains("<form", StringComparison.Ordinal)) Assert.Contains("form-action 'self' http://localhost:8080;", policy, StringComparison.Ordinal);
            Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.DoesNotContain("style=\"", html, StringComparison.Ordinal);
            Assert.Single(Regex.Matches(html, "<h1>"));
        }
    }

    [Theory, EveryEngine]
    public async Task The_bank_asks_the_customer_and_the_first_answer_counts(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        foreach (var (key, first, second, state) in new[] { ("a1", "approve", "refuse", "authorized"), ("a2", "refuse", "approve", "declined") })
        {
            var asked = await sandbox.AuthorizeAsync(key, "pm_card_3ds");
            var address = new Uri(asked.Body.GetProperty("nextActionUrl").GetString()!);
            Assert.Equal("http://localhost:8082/3ds/" + asked.Id, address.ToString());
            Assert.Contains("ending in 3220", (await sandbox.BrowseAsync(address.AbsolutePath)).Html, StringComparison.Ordinal);
            foreach (var answer in new[] { first, second })
            {
                var (response, _) = await sandbox.BrowseAsync(address.AbsolutePath, new() { ["answer"] = answer });
                Assert.Equal((HttpStatusCode.SeeOther, "http://localhost:8080/orders/1"), (response.StatusCode, response.Headers.Location!.ToString()));
            }
            Assert.Equal(state, (await sandbox.GetAsync("/v1/authorizations/" + asked.Id)).State);
            Assert.Equal(HttpStatusCode.SeeOther, (await sandbox.BrowseAsync(address.AbsolutePath)).Response.StatusCode);
        }
        await sandbox.PumpAsync();
        Assert.Equal(["authorized", "declined", "requires_action", "requires_action"], sandbox.Shop.Types.Order());
        Assert.Equal([("a1", "authorize", 1999L)], await sandbox.LedgerAsync());
    }

    [Fact]
    public async Task A_voided_payment_cannot_be_approved_any_more_and_no_address_leads_out_of_the_shop()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var id = (await sandbox.AuthorizeAsync("a1", "pm_card_3ds", returnUrl: "https://evil.example/")).Id;
        Assert.Equal("voided", (await sandbox.VoidAsync(id, "v1")).State);
        var (response, _) = await sandbox.BrowseAsync("/3ds/" + id, new() { ["answer"] = "approve" });
        Assert.Equal("http://localhost:8080/", response.Headers.Location!.ToString());
        Assert.Equal("voided", (await sandbox.GetAsync("/v1/authorizations/" + id)).State);
    }

    [Theory]
    [InlineData("4242424242424242", true), InlineData("378282246310005", true), InlineData("6011111111111117", true)]
    [InlineData("4242424242424241", false), InlineData("2442424242424242", false), InlineData("0", true)]
    public void The_last_digit_fits_the_others(string digits, bool fits) => Assert.Equal(fits, TypedCard.PassesLuhn(digits));

    [Fact]
    public void Every_test_card_is_a_card() => Assert.All(TestCard.All, card => Assert.True(TypedCard.PassesLuhn(card.Number)));

    [Fact]
    public async Task No_card_number_is_kept_anywhere()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        await sandbox.AuthorizeAsync("a1", await EnterAsync(sandbox, "4242424242424242"));
        await sandbox.BrowseAsync("/pay", Form("4111111111111111"));
        var kept = await sandbox.Database.ReadAsync(session => session.QueryAsync($"""
            SELECT id || brand || last4 || behaviour FROM payment_method UNION ALL SELECT id || brand || last4 || reference FROM authorization_
            UNION ALL SELECT request || body FROM answered UNION ALL SELECT body FROM webhook
            """, row => row.Text(0)));
        Assert.True(kept.Count >= 4);
        Assert.DoesNotContain(kept, text => text.Contains("42424242", StringComparison.Ordinal) || text.Contains("41111111", StringComparison.Ordinal));
    }

    static async Task<string> EnterAsync(SandboxUnderTest sandbox, string number)
    {
        var (response, html) = await sandbox.BrowseAsync("/pay", Form(number));
        Assert.True(response.StatusCode == HttpStatusCode.SeeOther, html);
        var back = response.Headers.Location!.ToString();
        Assert.StartsWith("http://localhost:8080/checkout?cart=7&payment_method=pm_", back, StringComparison.Ordinal);
        return back[(back.LastIndexOf('=') + 1)..];
    }

    static Dictionary<string, string> Form(string number) => new()
    {
        ["reference"] = "ord-1",
        ["amount"] = "1999",
        ["currency"] = "EUR",
        ["return_url"] = "http://localhost:8080/checkout?cart=7",
        ["cancel_url"] = "http://localhost:8080/cart",
        ["number"] = number,
        ["expiry"] = "12/30",
        ["cvc"] = "123",
        ["name"] = "Ada Lovelace",
    };

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex StyleText();
}
