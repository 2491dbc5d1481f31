using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.Login.Tests;

public sealed class StaffTests
{
    [Theory, EveryEngine]
    public async Task A_customer_and_staff_without_a_second_factor_are_kept_out_of_what_is_for_staff(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var customer = await TokenAsync(login, await login.RegisterAsync("badr@example.com"));
        await login.RegisterAsync("amal@example.com");
        await MakeStaffAsync(login, "amal@example.com");
        var half = await TokenAsync(login, await login.SignInAsync("amal@example.com"));
        foreach (var (method, address) in new[]
        {
            (HttpMethod.Get, "/api/login/accounts"), (HttpMethod.Get, "/api/login/accounts/x"), (HttpMethod.Put, "/api/login/accounts/x/disabled"),
            (HttpMethod.Put, "/api/login/accounts/x/roles"), (HttpMethod.Get, "/api/login/partner-keys"), (HttpMethod.Delete, "/api/login/partner-keys/x"),
        })
        {
            object? body = method == HttpMethod.Put ? address.EndsWith("roles", StringComparison.Ordinal) ? new { roles = new[] { "staff" } } : new { disabled = true } : null;
            Assert.Equal((HttpStatusCode.Unauthorized, "token.missing"), await CodeAsync(await login.ApiAsync(method, address, null, body)));
            Assert.Equal((HttpStatusCode.Unauthorized, "token.invalid"), await CodeAsync(await login.ApiAsync(method, address, "a.b.c", body)));
            Assert.Equal((HttpStatusCode.Forbidden, "token.not_staff"), await CodeAsync(await login.ApiAsync(method, address, customer, body)));
            Assert.Equal((HttpStatusCode.Forbidden, "token.second_factor_needed"), await CodeAsync(await login.ApiAsync(method, address, half, body)));
        }
    }

    [Theory, EveryEngine]
    public async Task A_disabled_account_is_out_everywhere_at_once_until_it_is_enabled(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("badr@example.com");
        var tokens = await login.TokensAsync(browser);
        var access = tokens.GetProperty("access_token").GetString()!;
        var (staff, _) = await StaffAsync(login);
        var found = await ReadAsync(await login.ApiAsync(HttpMethod.Get, "/api/login/accounts?query=BADR", staff));
        var subject = found.GetProperty("items")[0].GetProperty("subject").GetString()!;
        var position = (await login.TrustAsync()).GetProperty("position").GetInt64();

        var disabled = await login.ApiAsync(HttpMethod.Put, $"/api/login/accounts/{subject}/disabled", staff, new { disabled = true });
        Assert.True((await ReadAsync(disabled)).GetProperty("isDisabled").GetBoolean());
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/account")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", access)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await login.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!)).Status);
        var wrong = await login.Browser().FillAsync("/account/signin", ("email", "badr@example.com"), ("password", LoginUnderTest.Password));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        var revoked = (await login.TrustAsync(position)).GetProperty("revoked").EnumerateArray().ToList();
        Assert.Contains(revoked, one => one.GetProperty("sub").GetString() == subject && one.GetProperty("before").GetInt64() == login.Clock.GetUtcNow().ToUnixTimeSeconds());

        login.Clock.Advance(TimeSpan.FromSeconds(1));
        await login.ApiAsync(HttpMethod.Put, $"/api/login/accounts/{subject}/disabled", staff, new { disabled = false });
        var back = await TokenAsync(login, await login.SignInAsync("badr@example.com"));
        Assert.Equal(HttpStatusCode.OK, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", back)).StatusCode);
    }

    [Theory, EveryEngine]
    public async Task Roles_are_given_by_staff_and_never_to_oneself(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("badr@example.com");
        var (staff, own) = await StaffAsync(login);
        var subject = (await ReadAsync(await login.ApiAsync(HttpMethod.Get, "/api/login/accounts?query=badr", staff))).GetProperty("items")[0].GetProperty("subject").GetString()!;
        var given = await ReadAsync(await login.ApiAsync(HttpMethod.Put, $"/api/login/accounts/{subject}/roles", staff, new { roles = new[] { "support", "customer" } }));
        Assert.Equal(["customer", "support"], given.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, (await login.ApiAsync(HttpMethod.Put, $"/api/login/accounts/{subject}/roles", staff, new { roles = new[] { "owner" } })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await login.ApiAsync(HttpMethod.Put, $"/api/login/accounts/{own}/roles", staff, new { roles = new[] { "customer" } })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await login.ApiAsync(HttpMethod.Put, $"/api/login/accounts/{own}/disabled", staff, new { disabled = true })).StatusCode);
    }

    [Theory, EveryEngine]
    public async Task A_partners_key_is_shown_once_kept_nowhere_and_revoked_for_every_service(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var (staff, _) = await StaffAsync(login);
        var made = await ReadAsync(await login.ApiAsync(HttpMethod.Post, "/api/login/partner-keys", staff, new { name = "Looms & Co", scopes = new[] { "catalog:write", "stock:write" }, days = 365 }));
        var (header, claims) = LoginUnderTest.Open(made.GetProperty("token").GetString()!);
        var id = made.GetProperty("key").GetProperty("id").GetString()!;
        Assert.Equal("key+jwt", header.GetProperty("typ").GetString());
        Assert.Equal("ES256", header.GetProperty("alg").GetString());
        Assert.Equal(("souk", "partner:" + id, id, "catalog:write stock:write"), (claims.GetProperty("aud").GetString(), claims.GetProperty("sub").GetString(), claims.GetProperty("sid").GetString(), claims.GetProperty("scope").GetString()));
        Assert.Equal(0, claims.GetProperty("role").GetArrayLength());
        Assert.Equal(login.Clock.GetUtcNow().AddDays(365).ToUnixTimeSeconds(), claims.GetProperty("exp").GetInt64());
        Assert.DoesNotContain("token", (await ReadAsync(await login.ApiAsync(HttpMethod.Get, "/api/login/partner-keys", staff))).ToString(), StringComparison.Ordinal);
        // It is no access token: Login's own pages and accounts are not a partner's.
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.ApiAsync(HttpMethod.Get, "/api/login/accounts", made.GetProperty("token").GetString())).StatusCode);

        // The key that signed it stays published for as long as it is good.
        var ring = login.Service.App.Services.GetRequiredService<Keys.KeyRing>();
        Assert.Equal(HttpStatusCode.NoContent, (await login.ApiAsync(HttpMethod.Delete, "/api/login/partner-keys/" + id, staff)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await login.ApiAsync(HttpMethod.Delete, "/api/login/partner-keys/" + id, staff)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await login.ApiAsync(HttpMethod.Delete, "/api/login/partner-keys/none", staff)).StatusCode);
        Assert.Contains((await login.TrustAsync()).GetProperty("revoked").EnumerateArray(), one => one.GetProperty("sid").GetString() == id);
        login.Clock.Advance(TimeSpan.FromDays(364));
        await ring.StepAsync(CancellationToken.None);
        var trust = await login.TrustAsync();
        Assert.Contains(trust.GetProperty("keys").EnumerateArray(), key => key.GetProperty("kid").GetString() == header.GetProperty("kid").GetString());
        Assert.Contains(trust.GetProperty("revoked").EnumerateArray(), one => one.GetProperty("sid").GetString() == id);
    }

    [Theory, EveryEngine]
    public async Task The_back_office_is_entered_with_the_role_and_a_second_factor(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var address = LoginUnderTest.AuthorizeAddress("x").Replace("client_id=app", "client_id=backoffice", StringComparison.Ordinal)
            .Replace(Uri.EscapeDataString(LoginUnderTest.AppRedirect), Uri.EscapeDataString(LoginUnderTest.Issuer + "staff/signin/callback"), StringComparison.Ordinal);
        var customer = await login.RegisterAsync("badr@example.com");
        Assert.Contains("error=access_denied", (await customer.GetAsync(address)).Location, StringComparison.Ordinal);

        await login.RegisterAsync("amal@example.com");
        await MakeStaffAsync(login, "amal@example.com");
        var staff = await login.SignInAsync("amal@example.com");
        Assert.StartsWith("/account/security?staff=1&returnUrl=", (await staff.GetAsync(address)).Location, StringComparison.Ordinal);
        var page = await staff.GetAsync("/account/security");
        var key = System.Text.RegularExpressions.Regex.Match(page.Html, "Key: <code>([^<]+)</code>").Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        await staff.PostAsync(page, "/account/security?handler=AddAuthenticator", ("code", SecondFactorTests.Totp(key)));
        Assert.StartsWith(LoginUnderTest.Issuer + "staff/signin/callback?code=", (await staff.GetAsync(address)).Location, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task One_sees_and_ends_ones_own_sessions_and_no_others(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var amal = await login.TokensAsync(await login.RegisterAsync("amal@example.com"));
        var badr = await TokenAsync(login, await login.RegisterAsync("badr@example.com"));
        var sid = LoginUnderTest.Open(amal.GetProperty("access_token").GetString()!).Claims.GetProperty("sid").GetString();
        Assert.Equal(HttpStatusCode.NotFound, (await login.ApiAsync(HttpMethod.Delete, "/api/login/sessions/" + sid, badr)).StatusCode);
        var own = await ReadAsync(await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", badr));
        Assert.Equal(2, own.GetProperty("items").GetArrayLength());
        Assert.DoesNotContain(own.GetProperty("items").EnumerateArray(), one => one.GetProperty("id").GetString() == sid);
        Assert.Equal(HttpStatusCode.NoContent, (await login.ApiAsync(HttpMethod.Delete, "/api/login/sessions", badr)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", badr)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", amal.GetProperty("access_token").GetString())).StatusCode);
    }

    [Theory, EveryEngine]
    public async Task A_person_is_shown_and_erased_whole_and_once(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var access = await TokenAsync(login, browser);
        var subject = LoginUnderTest.Open(access).Claims.GetProperty("sub").GetString();
        using var settings = login.Service.As("settings");
        var shown = await settings.GetFromJsonAsync<JsonElement>("/internal/people/" + subject);
        Assert.Equal("amal@example.com", shown.GetProperty("account").GetProperty("email").GetString());
        Assert.DoesNotContain("hash", shown.ToString(), StringComparison.OrdinalIgnoreCase);

        foreach (var count in new[] { 7, 0 })
        {
            var erased = await ReadAsync(await settings.DeleteAsync("/internal/people/" + subject));
            Assert.Equal(count, erased.GetProperty("erased").GetArrayLength());
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", access)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/account")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await login.Service.As("cart").DeleteAsync("/internal/people/" + subject)).StatusCode);
        var database = login.Service.App.Services.GetRequiredService<Database>();
        foreach (var table in new[] { "account", "session", "account_mail", "oidc_token", "oidc_authorization" })
        {
            Assert.Equal(0, await database.ReadAsync(session => session.LongAsync(Sql.Text("SELECT COUNT(*) FROM " + table))));
        }
    }

    static async Task MakeStaffAsync(LoginUnderTest login, string email)
    {
        using var souk = login.Service.As("souk");
        Assert.Equal(HttpStatusCode.OK, (await souk.PutAsync("/internal/staff/" + email, null)).StatusCode);
    }

    /// <summary>The token of one of the staff with a second factor, and the subject.</summary>
    static async Task<(string Token, string Subject)> StaffAsync(LoginUnderTest login)
    {
        var (_, _, codes) = await SecondFactorTests.WithAuthenticatorAsync(login, "staff@example.com");
        await MakeStaffAsync(login, "staff@example.com");
        var browser = login.Browser();
        await browser.FillAsync("/account/signin", ("email", "staff@example.com"), ("password", LoginUnderTest.Password));
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.FillAsync("/account/signin/code", ("code", codes[0]))).Status);
        var token = await TokenAsync(login, browser);
        return (token, LoginUnderTest.Open(token).Claims.GetProperty("sub").GetString()!);
    }

    static async Task<string> TokenAsync(LoginUnderTest login, Browser browser) =>
        (await login.TokensAsync(browser)).GetProperty("access_token").GetString()!;

    static async Task<(HttpStatusCode, string?)> CodeAsync(HttpResponseMessage answer) => (answer.StatusCode, (await ReadAsync(answer)).GetProperty("code").GetString());

    static Task<JsonElement> ReadAsync(HttpResponseMessage answer) => answer.Content.ReadFromJsonAsync<JsonElement>();
}
