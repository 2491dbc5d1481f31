using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Souk.Login.Tests;

public sealed class SecondFactorTests
{
    [Theory, EveryEngine]
    public async Task An_authenticator_is_asked_after_the_password_and_each_code_is_good_once(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var (_, key, _) = await WithAuthenticatorAsync(login, "amal@example.com");
        // Identity's authenticator looks at the machine's clock, as the app does.
        login.Clock.Advance(TimeSpan.FromMinutes(20));
        var browser = login.Browser();
        var half = await browser.FillAsync("/account/signin?returnUrl=%2Faccount", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
        Assert.Equal("/account/signin/code?returnUrl=%2Faccount", half.Location);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/account")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.FillAsync("/account/signin/code", ("code", "000000"))).Status);
        var code = Totp(key);
        Assert.Equal("/account", (await browser.FillAsync("/account/signin/code", ("code", code))).Location);
        Assert.Contains("amal@example.com", (await browser.GetAsync("/account")).Text);
        var tokens = await login.TokensAsync(browser);
        Assert.Contains("mfa", LoginUnderTest.Open(tokens.GetProperty("access_token").GetString()!).Claims.GetProperty("amr").EnumerateArray().Select(one => one.GetString()));

        var thief = login.Browser();
        await thief.FillAsync("/account/signin", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
        Assert.Equal(HttpStatusCode.BadRequest, (await thief.FillAsync("/account/signin/code", ("code", code))).Status);
    }

    [Theory, EveryEngine]
    public async Task A_recovery_code_signs_in_once(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var (_, _, codes) = await WithAuthenticatorAsync(login, "amal@example.com");
        Assert.Equal(10, codes.Count);
        foreach (var expected in new[] { HttpStatusCode.SeeOther, HttpStatusCode.BadRequest })
        {
            var browser = login.Browser();
            await browser.FillAsync("/account/signin", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
            Assert.Equal(expected, (await browser.FillAsync("/account/signin/code", ("code", codes[0].ToLowerInvariant()))).Status);
        }
    }

    [Theory, EveryEngine]
    public async Task The_sixth_wrong_code_waits(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await WithAuthenticatorAsync(login, "amal@example.com");
        var browser = login.Browser();
        await browser.FillAsync("/account/signin", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
        for (var attempt = 1; attempt <= 5; attempt++) Assert.Equal(HttpStatusCode.BadRequest, (await browser.FillAsync("/account/signin/code", ("code", "123"))).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await browser.FillAsync("/account/signin/code", ("code", "123"))).Status);
    }

    [Theory, EveryEngine]
    public async Task What_the_database_keeps_of_it_is_encrypted(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var (_, key, codes) = await WithAuthenticatorAsync(login, "amal@example.com");
        var database = login.Service.App.Services.GetRequiredService<Database>();
        var kept = await database.ReadAsync(session => session.QueryAsync($"SELECT \"Value\" FROM account_token", row => row.Text(0)));
        Assert.Equal(2, kept.Count);
        Assert.All(kept, value =>
        {
            Assert.DoesNotContain(key, value, StringComparison.Ordinal);
            Assert.DoesNotContain(codes[0], value, StringComparison.Ordinal);
        });
    }

    [Theory, EveryEngine]
    public async Task A_browser_that_was_left_open_does_not_change_what_opens_the_account(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var page = await browser.GetAsync("/account/security");
        login.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.StartsWith("/account/signin?returnUrl=", (await browser.GetAsync("/account/security")).Location, StringComparison.Ordinal);
        Assert.StartsWith("/account/signin?returnUrl=", (await browser.PostAsync(page, "/account/security?handler=AddAuthenticator", ("code", "123456"))).Location, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task A_passkey_is_asked_for_this_store_with_a_finger_or_a_pin(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var make = JsonElement.Parse((await PasskeyOptionsAsync(browser, "/account/security")).Html);
        Assert.Equal("localhost", make.GetProperty("rp").GetProperty("id").GetString());
        Assert.Equal("required", make.GetProperty("authenticatorSelection").GetProperty("userVerification").GetString());
        Assert.Equal("required", make.GetProperty("authenticatorSelection").GetProperty("residentKey").GetString());

        var visitor = login.Browser();
        var ask = JsonElement.Parse((await PasskeyOptionsAsync(visitor, "/account/signin")).Html);
        Assert.Equal("localhost", ask.GetProperty("rpId").GetString());
        Assert.Equal("required", ask.GetProperty("userVerification").GetString());
        // It tells nobody who has one.
        Assert.True(!ask.TryGetProperty("allowCredentials", out var allowed) || allowed.GetArrayLength() == 0);
        Assert.Equal(HttpStatusCode.BadRequest, (await PasskeyAsync(visitor, "/account/signin", "{}")).Status);
    }

    [Theory, EveryEngine]
    public async Task A_passkey_that_was_made_here_signs_in_with_a_second_factor_and_can_be_removed(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        using var device = new SoftPasskey("localhost", "http://localhost:8080");
        var browser = await login.RegisterAsync("amal@example.com");
        var options = JsonElement.Parse((await PasskeyOptionsAsync(browser, "/account/security")).Html);
        var kept = await PasskeyAsync(browser, "/account/security", device.Make(options));
        Assert.True(kept.Status == HttpStatusCode.SeeOther, kept.Text);

        var other = login.Browser();
        var request = JsonElement.Parse((await PasskeyOptionsAsync(other, "/account/signin")).Html);
        var signedIn = await PasskeyAsync(other, "/account/signin", device.Sign(request));
        Assert.True(signedIn.Status == HttpStatusCode.SeeOther, signedIn.Text);
        var amr = LoginUnderTest.Open((await login.TokensAsync(other)).GetProperty("access_token").GetString()!).Claims.GetProperty("amr");
        Assert.Contains("mfa", amr.EnumerateArray().Select(one => one.GetString()));

        // What it signed for another site, or for another request, is nothing here.
        using var phisher = device.At("http://souk.example");
        var again = JsonElement.Parse((await PasskeyOptionsAsync(other, "/account/signin?returnUrl=%2Faccount")).Html);
        Assert.Equal(HttpStatusCode.BadRequest, (await PasskeyAsync(other, "/account/signin?returnUrl=%2Faccount", phisher.Sign(again))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PasskeyAsync(other, "/account/signin?returnUrl=%2Faccount", device.Sign(request))).Status);

        var page = await other.GetAsync("/account/security");
        var id = Regex.Match(page.Html, """name="id" value="([^"]+)">Remove""").Groups[1].Value;
        Assert.Equal(HttpStatusCode.SeeOther, (await other.PostAsync(page, "/account/security?handler=RemovePasskey", ("id", id))).Status);
        var gone = login.Browser();
        var last = JsonElement.Parse((await PasskeyOptionsAsync(gone, "/account/signin")).Html);
        Assert.Equal(HttpStatusCode.BadRequest, (await PasskeyAsync(gone, "/account/signin", device.Sign(last))).Status);
    }

    static async Task<Page> PasskeyOptionsAsync(Browser browser, string page) =>
        await browser.PostAsync(await browser.GetAsync(page), page.Split('?')[0], "?handler=PasskeyOptions");

    static async Task<Page> PasskeyAsync(Browser browser, string page, string credential) =>
        await browser.PostAsync(await browser.GetAsync(page), page.Split('?')[0], "?handler=Passkey", ("credential", credential));

    /// <summary>Signed in, with an app: its key and the recovery codes.</summary>
    internal static async Task<(Browser Browser, string Key, List<string> Codes)> WithAuthenticatorAsync(LoginUnderTest login, string email)
    {
        var browser = await login.RegisterAsync(email);
        var page = await browser.GetAsync("/account/security");
        Assert.Contains("<svg", page.Html, StringComparison.Ordinal);
        var key = Regex.Match(page.Html, "Key: <code>([^<]+)</code>").Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        var added = await browser.PostAsync(page, "/account/security?handler=AddAuthenticator", ("code", Totp(key)));
        Assert.True(added.Status == HttpStatusCode.OK, added.Text);
        return (browser, key, [.. Regex.Matches(added.Html, "<li><code>([^<]+)</code></li>").Select(match => match.Groups[1].Value)]);
    }

    /// <summary>What an authenticator app shows now for a key (RFC 6238).</summary>
    internal static string Totp(string key)
    {
        Span<byte> step = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(step, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30);
#pragma warning disable CA5350 // what authenticator apps do
        var hash = HMACSHA1.HashData(FromBase32(key), step);
#pragma warning restore CA5350
        var number = (BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & 0x7fffffff) % 1_000_000;
        return number.ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
    }

    static byte[] FromBase32(string text)
    {
        var bytes = new List<byte>();
        var (bits, count) = (0, 0);
        foreach (var letter in text)
        {
            (bits, count) = ((bits << 5 | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal)) & 0xffff, count + 5);
            if (count < 8) continue;
            count -= 8;
            bytes.Add((byte)(bits >> count));
        }
        return [.. bytes];
    }
}
