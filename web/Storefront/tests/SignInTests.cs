using System.Net;
using System.Text;

namespace Souk.Storefront.Tests;

/// <summary>Signing in and out, and what a session is good for.</summary>
public sealed class SignInTests
{
    const string Cookie = "__Host-souk-storefront-session";

    [Fact]
    public async Task A_shopper_signs_in_comes_back_to_where_they_were_and_is_known()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var page = await mall.SignInAsync(shopper, "/product/moon-vase");
        Assert.Contains("Moon vase", page.Text, StringComparison.Ordinal);
        Assert.Contains("amal@example.com", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Sign in", page.Text, StringComparison.Ordinal);

        var cookie = shopper.SetCookies.Last(one => one.StartsWith(Cookie, StringComparison.Ordinal));
        foreach (var part in (string[])["secure", "httponly", "samesite=lax", "path=/"]) Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.All(shopper.SetCookies.Where(one => one.Contains("signin", StringComparison.Ordinal) || one.Contains("nonce", StringComparison.Ordinal)),
            one => Assert.StartsWith("__Host-", one, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_key_is_a_new_one_at_each_sign_in()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        var first = shopper.Cookies[Cookie];
        await mall.SignInAsync(shopper);
        Assert.NotEqual(first, shopper.Cookies[Cookie]);
        Assert.Equal(2, await mall.SessionsAsync());
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("javascript:alert(1)")]
    public async Task Nobody_is_sent_to_another_site(string address)
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var back = await mall.CallbackAsync(shopper, address);
        Assert.Equal("/", back.Response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task What_a_guest_had_in_the_cart_comes_along_once()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add", ("quantity", "2"));
        mall.Shop.Store.Own("amal").Take(mall.Shop.Store.Carts.Single(cart => cart.QuantityOf("MOON-VASE") == 2));
        var page = await mall.SignInAsync(shopper);
        Assert.Contains(", 4 items", page.Badge, StringComparison.Ordinal);
        Assert.DoesNotContain(shopper.Cookies.Keys, name => name.EndsWith("souk-cart", StringComparison.Ordinal));
        Assert.Contains(", 4 items", (await shopper.GetAsync("/")).Badge, StringComparison.Ordinal);
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        Assert.Equal(5, mall.Shop.Store.Own("amal").QuantityOf("MOON-VASE"));
    }

    [Fact]
    public async Task With_Cart_down_at_the_sign_in_the_cart_comes_along_later()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        mall.Shop.Store.Moods["cart"] = Mood.Down;
        Assert.Contains("unavailable", (await mall.SignInAsync(shopper)).Badge, StringComparison.Ordinal);
        mall.Shop.Store.Moods["cart"] = Mood.Well;
        await Eventually.HoldsAsync("the cart comes along", async () => (await shopper.GetAsync("/")).Badge.Contains(", 1 item", StringComparison.Ordinal));
        Assert.Equal(1, mall.Shop.Store.Own("amal").QuantityOf("MOON-VASE"));
    }

    [Fact]
    public async Task A_forged_cart_id_brings_nothing_along()
    {
        await using var mall = await Mall.OpenAsync();
        mall.Shop.Store.Own("somebody-else");
        var shopper = mall.Shopper();
        shopper.Cookies["__Host-souk-cart"] = "own-cart-of-somebody-else";
        Assert.Contains(", 0 items", (await mall.SignInAsync(shopper)).Badge, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_Login_has_ended_is_a_guests()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        mall.Login.Issuer.RevokeSubject("amal");
        await Eventually.HoldsAsync("the shopper is a guest", async () => (await shopper.GetAsync("/")).Text.Contains("Sign in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_Login_down_who_has_signed_in_goes_on_and_signing_in_says_that_it_is_unavailable()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        mall.Shop.Store.Moods["login"] = Mood.Down;
        await mall.Shop.Service.RestartAsync();
        Assert.Contains("amal@example.com", (await mall.Again(shopper).GetAsync("/")).Text, StringComparison.Ordinal);

        var other = mall.Shopper();
        var refused = await other.GetAsync("/signin?returnUrl=%2Fcart");
        Assert.Equal("/?notice=signin-unavailable", refused.Response.Headers.Location!.OriginalString);
        Assert.Contains("Signing in is unavailable", (await other.GetAsync("/?notice=signin-unavailable")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_are_renewed_in_their_second_half_once_however_many_look()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        for (var round = 1; round <= 3; round++)
        {
            mall.Clock.Late += TimeSpan.FromMinutes(40);
            shopper = mall.Again(shopper);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => shopper.GetAsync("/cart")));
            Assert.Contains("amal@example.com", (await shopper.GetAsync("/cart")).Text, StringComparison.Ordinal);
            Assert.Equal((round, false), (mall.Login.Renewals, mall.Login.SawReuse));
        }
    }

    [Fact]
    public async Task Signing_out_ends_the_session_here_and_at_Login()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var page = await mall.SignInAsync(shopper);
        var key = shopper.Cookies[Cookie];
        Assert.Equal(HttpStatusCode.Forbidden, (await shopper.PostAsync(page, "/signout", "cross-site")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await shopper.PostAsync(null, "/signout", "same-origin")).Status);

        var left = await shopper.PostAsync(page, "/signout", "same-origin");
        Assert.StartsWith(TestIssuer.Address + "connect/logout?", left.Response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(0, await mall.SessionsAsync());
        // A copy of the cookie is worth nothing.
        shopper.Cookies[Cookie] = key;
        Assert.Contains("Sign in", (await shopper.GetAsync("/")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_with_Login_down_ends_the_session_here_and_says_so()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var page = await mall.SignInAsync(shopper);
        mall.Shop.Store.Moods["login"] = Mood.Down;
        var left = await shopper.PostAsync(page, "/signout", "same-origin");
        Assert.Equal("/?notice=signed-out-here", left.Response.Headers.Location!.OriginalString);
        Assert.Equal(0, await mall.SessionsAsync());
    }

    [Fact]
    public async Task What_comes_back_with_another_state_signs_nobody_in()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var start = await shopper.GetAsync("/signin?returnUrl=%2F");
        var back = mall.Login.SignIn(start.Response.Headers.Location!.OriginalString);
        var answer = await mall.Shopper().GetAsync(back); // the browser of somebody else, who was made to follow it
        Assert.Equal("/?notice=signin-unavailable", answer.Response.Headers.Location!.OriginalString);
        Assert.Equal(0, await mall.SessionsAsync());
    }

    [Fact]
    public async Task The_sessions_table_holds_no_token_and_no_address()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        var bytes = await mall.DatabaseAsync();
        Assert.True(bytes.Length > 4096);
        var text = Encoding.Latin1.GetString(bytes);
        foreach (var secret in (string[])["eyJ", "amal@example.com", "refresh-"]) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_comes_by_another_name_of_the_store_signs_in_under_the_one_that_Login_knows()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shop.Shopper("127.0.0.1:8080");
        var start = await shopper.GetAsync("/signin?returnUrl=%2Fcart");
        Assert.Equal("http://localhost:8080/signin?returnUrl=%2Fcart", start.Response.Headers.Location!.OriginalString);
    }
}
