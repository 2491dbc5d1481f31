using System.Net;
using System.Text.RegularExpressions;

namespace Souk.Login.Tests;

public sealed class SignInTests
{
    [Theory, EveryEngine]
    public async Task Who_registers_and_confirms_is_signed_in_and_can_sign_in_again(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        Assert.Contains("amal@example.com", (await browser.GetAsync("/account")).Text);

        var other = await login.SignInAsync("Amal@Example.com");
        Assert.Contains("Firefox on Linux", (await other.GetAsync("/account")).Text);
    }

    [Theory, EveryEngine]
    public async Task The_sixth_wrong_password_of_strangers_waits_and_the_owner_goes_on(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var owner = await login.RegisterAsync("amal@example.com");
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            // From many addresses: the account's budget is one.
            Assert.Equal(HttpStatusCode.BadRequest, (await WrongAsync(login.Browser())).Status);
        }
        var sixth = await WrongAsync(login.Browser());
        Assert.Equal(HttpStatusCode.TooManyRequests, sixth.Status);
        Assert.Equal(TimeSpan.FromMinutes(15), sixth.Response.Headers.RetryAfter!.Delta);
        // Even the right one, from a stranger: else the guessing would go on.
        Assert.Equal(HttpStatusCode.TooManyRequests, (await RightAsync(login.Browser())).Status);

        Assert.Contains("amal@example.com", (await owner.GetAsync("/account")).Text);
        await owner.PostAsync(await owner.GetAsync("/account/signout"), "/account/signout");
        Assert.Equal(HttpStatusCode.SeeOther, (await RightAsync(owner)).Status);

        login.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(HttpStatusCode.SeeOther, (await RightAsync(login.Browser())).Status);
    }

    [Theory, EveryEngine]
    public async Task A_browser_that_has_signed_in_before_has_a_budget_of_its_own_for_that_account_only(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var owner = await login.RegisterAsync("amal@example.com");
        await login.RegisterAsync("badr@example.com");
        await owner.PostAsync(await owner.GetAsync("/account/signout"), "/account/signout");
        for (var attempt = 1; attempt <= 5; attempt++) Assert.Equal(HttpStatusCode.BadRequest, (await WrongAsync(owner)).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await WrongAsync(owner)).Status);
        // Strangers still have theirs, and for another's account it is a stranger itself.
        Assert.Equal(HttpStatusCode.BadRequest, (await WrongAsync(login.Browser())).Status);
        for (var attempt = 1; attempt <= 5; attempt++) await WrongAsync(owner, "badr@example.com");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await WrongAsync(owner, "badr@example.com")).Status);
    }

    [Theory, EveryEngine]
    public async Task The_hundred_and_first_wrong_password_from_one_address_waits_whatever_the_accounts(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var attempts = login.Service.App.Services.GetRequiredService<Accounts.AttemptStore>();
        var address = IPAddress.Parse("198.51.100.7");
        for (var attempt = 1; attempt < 100; attempt++)
        {
            Assert.Null(await attempts.TakeAsync(Accounts.Throttle.For($"NOBODY{attempt}@EXAMPLE.COM", address, null), CancellationToken.None));
        }
        var browser = login.Browser("198.51.100.7");
        Assert.Equal(HttpStatusCode.BadRequest, (await WrongAsync(browser, "nobody100@example.com")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await WrongAsync(browser, "nobody101@example.com")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await WrongAsync(login.Browser(), "nobody101@example.com")).Status);
    }

    [Theory, EveryEngine]
    public async Task Guesses_side_by_side_count_like_guesses_one_after_the_other(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("amal@example.com");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => WrongAsync(login.Browser())));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest));
        Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
    }

    [Theory, EveryEngine]
    public async Task The_known_and_the_unknown_are_told_the_same_at_login_register_and_reset(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("amal@example.com");
        foreach (var (path, field) in new[] { ("/account/signin", "wrong password"), ("/account/register", LoginUnderTest.Password), ("/account/forgotten", "") })
        {
            var known = await login.Browser().FillAsync(path, ("email", "amal@example.com"), ("password", field));
            var unknown = await login.Browser().FillAsync(path, ("email", "amil@example.com"), ("password", field));
            Assert.Equal(known.Status, unknown.Status);
            Assert.Equal(known.Response.Headers.Location, unknown.Response.Headers.Location);
            Assert.Equal(Plain(known.Html), Plain(unknown.Html).Replace("amil@", "amal@", StringComparison.Ordinal));
            Assert.Equal(known.Response.Headers.Select(header => header.Key), unknown.Response.Headers.Select(header => header.Key));
        }
    }

    [Fact]
    public async Task The_known_and_the_unknown_cost_the_same_work()
    {
        // Work and not time: what a busy machine does to a clock says nothing of the program. Hashing is all but a trace of it.
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        await login.RegisterAsync("amal@example.com");
        var passwords = login.Service.App.Services.GetRequiredService<Accounts.Passwords>();
        foreach (var (path, password) in new[] { ("/account/signin", "wrong password"), ("/account/register", LoginUnderTest.Password), ("/account/forgotten", "") })
        {
            var before = passwords.Worked;
            await login.Browser().FillAsync(path, ("email", "amal@example.com"), ("password", password));
            var known = passwords.Worked - before;
            await login.Browser().FillAsync(path, ("email", "nobody@example.com"), ("password", password));
            Assert.Equal((1, 1), (known, passwords.Worked - before - known));
        }
    }

    [Theory, EveryEngine]
    public async Task The_session_changes_at_login_and_its_cookie_is_out_of_reach(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var first = browser.Cookies["__Host-souk-login"];
        // Two ids of 28 characters, each with 128 random bits.
        Assert.Equal(56, first.Length);
        await login.SignInAsync("amal@example.com", browser: browser);
        var second = browser.Cookies["__Host-souk-login"];
        Assert.NotEqual(first, second);

        var planted = login.Browser();
        planted.Cookies["__Host-souk-login"] = first;
        Assert.Equal(HttpStatusCode.Redirect, (await planted.GetAsync("/account")).Status);
        planted.Cookies["__Host-souk-login"] = "chosen-by-an-attacker-chosen-by-an-attacker-";
        await login.SignInAsync("amal@example.com", browser: planted);
        Assert.NotEqual("chosen-by-an-attacker-chosen-by-an-attacker-", planted.Cookies["__Host-souk-login"]);

        Assert.All(browser.SetCookies, cookie =>
        {
            Assert.StartsWith("__Host-", cookie);
            Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        });
        Assert.Contains(browser.SetCookies, cookie => cookie.StartsWith("__Host-souk-account-form=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("javascript:alert(1)")]
    public async Task A_way_back_to_another_host_is_ignored(string returnUrl)
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        await login.RegisterAsync("amal@example.com");
        var answer = await login.Browser().FillAsync(
            "/account/signin?returnUrl=" + Uri.EscapeDataString(returnUrl), ("email", "amal@example.com"), ("password", LoginUnderTest.Password), ("returnUrl", returnUrl));
        Assert.Equal((HttpStatusCode.SeeOther, "/account"), (answer.Status, answer.Location));
    }

    [Theory, EveryEngine]
    public async Task Signing_out_everywhere_ends_every_browser(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var phone = await login.RegisterAsync("amal@example.com");
        var laptop = await login.SignInAsync("amal@example.com");
        await laptop.PostAsync(await laptop.GetAsync("/account"), "/account/signout", ("everywhere", "true"));
        Assert.Equal(HttpStatusCode.Redirect, (await phone.GetAsync("/account")).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await laptop.GetAsync("/account")).Status);
    }

    static Task<Page> WrongAsync(Browser browser, string email = "amal@example.com") =>
        browser.FillAsync("/account/signin", ("email", email), ("password", "not the password"));

    static Task<Page> RightAsync(Browser browser) =>
        browser.FillAsync("/account/signin", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));

    /// <summary>A page without what is new each time: nonces and forms' tokens.</summary>
    static string Plain(string html) => Regex.Replace(html, """(nonce="[^"]*"|name="form" [^>]*value="[^"]*")""", "");
}
