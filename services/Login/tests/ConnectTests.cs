using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.Login.Tests;

/// <summary>OpenID Connect as a client meets it.</summary>
public sealed class ConnectTests
{
    [Theory, EveryEngine]
    public async Task Tokens_say_who_in_which_session_and_how_it_was_proved_and_nothing_of_the_person(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var tokens = await login.TokensAsync(await login.RegisterAsync("amal@example.com"), "openid email offline_access");
        var (header, claims) = LoginUnderTest.Open(tokens.GetProperty("access_token").GetString()!);
        Assert.Equal("at+jwt", header.GetProperty("typ").GetString());
        Assert.Equal("ES256", header.GetProperty("alg").GetString());
        Assert.Equal(LoginUnderTest.Issuer, claims.GetProperty("iss").GetString());
        Assert.Equal("souk", claims.GetProperty("aud").GetString());
        Assert.True(Guid.TryParse(claims.GetProperty("sub").GetString(), out _));
        Assert.True(Guid.TryParse(claims.GetProperty("sid").GetString(), out _));
        Assert.Equal(LoginUnderTest.App, claims.GetProperty("client_id").GetString());
        Assert.Equal("openid email offline_access", claims.GetProperty("scope").GetString());
        Assert.Equal(["customer"], claims.GetProperty("role").EnumerateArray().Select(role => role.GetString()));
        Assert.Equal(["pwd"], claims.GetProperty("amr").EnumerateArray().Select(method => method.GetString()));
        Assert.Equal(3600, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        Assert.Equal(login.Clock.GetUtcNow().ToUnixTimeSeconds(), claims.GetProperty("auth_time").GetInt64());
        Assert.DoesNotContain("amal", claims.ToString(), StringComparison.Ordinal);

        var (_, identity) = LoginUnderTest.Open(tokens.GetProperty("id_token").GetString()!);
        Assert.Equal("amal@example.com", identity.GetProperty("email").GetString());
        Assert.Equal("n", identity.GetProperty("nonce").GetString());
        using var answer = await login.ApiAsync(HttpMethod.Get, "/connect/userinfo", tokens.GetProperty("access_token").GetString());
        Assert.Equal("amal@example.com", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("email").GetString());
    }

    [Theory, EveryEngine]
    public async Task A_refresh_token_is_good_once_and_its_second_use_ends_the_session_everywhere(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var first = await login.TokensAsync(await login.RegisterAsync("amal@example.com"));
        var (status, second) = await login.RefreshAsync(first.GetProperty("refresh_token").GetString()!);
        Assert.Equal(HttpStatusCode.OK, status);
        var sid = LoginUnderTest.Open(first.GetProperty("access_token").GetString()!).Claims.GetProperty("sid").GetString();
        Assert.Equal(sid, LoginUnderTest.Open(second.GetProperty("access_token").GetString()!).Claims.GetProperty("sid").GetString());
        Assert.Equal(HttpStatusCode.OK, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", Access(second))).StatusCode);

        var (reused, error) = await login.RefreshAsync(first.GetProperty("refresh_token").GetString()!);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (reused, error.GetProperty("error").GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, (await login.RefreshAsync(second.GetProperty("refresh_token").GetString()!)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", Access(second))).StatusCode);
        var revoked = Assert.Single((await login.TrustAsync()).GetProperty("revoked").EnumerateArray(), one => one.GetProperty("sid").GetString() == sid);
        Assert.True(revoked.GetProperty("before").GetInt64() >= login.Clock.GetUtcNow().ToUnixTimeSeconds());
        Assert.True(revoked.GetProperty("until").GetInt64() >= login.Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds());
    }

    [Theory, EveryEngine]
    public async Task A_code_that_comes_twice_ends_what_it_began(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var (code, verifier) = await LoginUnderTest.CodeAsync(await login.RegisterAsync("amal@example.com"));
        (string, string)[] exchange = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", LoginUnderTest.AppRedirect)];
        var (_, tokens) = await login.ExchangeAsync(exchange);
        Assert.Equal(HttpStatusCode.BadRequest, (await login.ExchangeAsync(exchange)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await login.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!)).Status);
    }

    [Theory, EveryEngine]
    public async Task Without_pkce_with_a_plain_challenge_or_a_wrong_verifier_there_is_no_token(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var address = LoginUnderTest.AuthorizeAddress("x");
        foreach (var without in new[]
        {
            address[..address.IndexOf("&code_challenge_method", StringComparison.Ordinal)],
            address.Replace("code_challenge_method=S256", "code_challenge_method=plain", StringComparison.Ordinal),
        })
        {
            var answer = await browser.GetAsync(without);
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains("invalid_request", answer.Text, StringComparison.Ordinal);
        }

        var (code, _) = await LoginUnderTest.CodeAsync(browser);
        var (status, error) = await login.ExchangeAsync(("grant_type", "authorization_code"), ("code", code), ("code_verifier", new string('a', 43)), ("redirect_uri", LoginUnderTest.AppRedirect));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (status, error.GetProperty("error").GetString()));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("client_credentials")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    public async Task Other_grants_are_off(string grant)
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        await login.RegisterAsync("amal@example.com");
        var (status, error) = await login.ExchangeAsync(("grant_type", grant), ("username", "amal@example.com"), ("password", LoginUnderTest.Password));
        Assert.Equal((HttpStatusCode.BadRequest, "unsupported_grant_type"), (status, error.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task A_redirect_that_was_not_registered_is_refused_without_going_there()
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        var browser = await login.RegisterAsync("amal@example.com");
        var answer = await browser.GetAsync(LoginUnderTest.AuthorizeAddress("x").Replace("9999", "9998", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Null(answer.Response.Headers.Location);
    }

    [Fact]
    public async Task Discovery_names_the_store_and_what_it_can_do()
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        using var http = login.Service.As("gateway");
        var discovery = await http.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
        Assert.Equal(LoginUnderTest.Issuer, discovery.GetProperty("issuer").GetString());
        Assert.Equal(LoginUnderTest.Issuer + "connect/token", discovery.GetProperty("token_endpoint").GetString());
        Assert.Equal(LoginUnderTest.Issuer + ".well-known/jwks", discovery.GetProperty("jwks_uri").GetString());
        Assert.Equal(["S256"], discovery.GetProperty("code_challenge_methods_supported").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(["authorization_code", "refresh_token"], discovery.GetProperty("grant_types_supported").EnumerateArray().Select(one => one.GetString()));
        var keys = await http.GetFromJsonAsync<JsonElement>("/.well-known/jwks");
        var key = Assert.Single(keys.GetProperty("keys").EnumerateArray());
        Assert.Equal("EC", key.GetProperty("kty").GetString());
        Assert.False(key.TryGetProperty("d", out _));
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/jwks")]
    [InlineData("/connect/authorize")]
    [InlineData("/connect/token")]
    [InlineData("/connect/logout")]
    [InlineData("/connect/userinfo")]
    [InlineData("/connect/revoke")]
    [InlineData("/account/signin")]
    [InlineData("/api/login/sessions")]
    [InlineData("/internal/trust")]
    public async Task Who_has_no_identity_of_the_store_is_refused_at_its_port(string path)
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.Service.Anonymous().SendAsync(
            new HttpRequestMessage(path == "/connect/token" ? HttpMethod.Post : HttpMethod.Get, path))).StatusCode);
    }

    [Theory, EveryEngine]
    public async Task Signing_out_by_the_client_ends_the_browsers_session_too_and_leads_back(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine, new Dictionary<string, string?>
        {
            [$"Login:Clients:{LoginUnderTest.App}:PostLogoutUris:0"] = "http://127.0.0.1:9999/out",
        });
        var browser = await login.RegisterAsync("amal@example.com");
        var tokens = await login.TokensAsync(browser);
        // Any site can lead a browser here: without the ID token it is asked first.
        Assert.Equal("/account/signout", (await browser.GetAsync("/connect/logout")).Location);

        var answer = await browser.GetAsync($"/connect/logout?id_token_hint={tokens.GetProperty("id_token").GetString()}&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A9999%2Fout&state=z");
        Assert.Equal("http://127.0.0.1:9999/out?state=z", answer.Location);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/account")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", Access(tokens))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await login.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!)).Status);
    }

    [Theory, EveryEngine]
    public async Task A_refresh_token_that_is_given_back_ends_its_session(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var tokens = await login.TokensAsync(await login.RegisterAsync("amal@example.com"));
        using var http = login.Service.As("gateway");
        using var answer = await http.PostAsync("/connect/revoke", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["client_id"] = LoginUnderTest.App,
            ["token"] = tokens.GetProperty("refresh_token").GetString()!,
        }));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.ApiAsync(HttpMethod.Get, "/api/login/sessions", Access(tokens))).StatusCode);
    }

    [Theory, EveryEngine]
    public async Task A_session_lives_while_it_is_used_and_ends_when_it_is_not(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var tokens = await login.TokensAsync(await login.RegisterAsync("amal@example.com"));
        for (var month = 0; month < 3; month++)
        {
            login.Clock.Advance(TimeSpan.FromDays(29));
            (var status, tokens) = await login.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
            Assert.Equal(HttpStatusCode.OK, status);
        }
        login.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(HttpStatusCode.BadRequest, (await login.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!)).Status);
    }

    [Fact]
    public async Task The_pages_clients_have_secrets_that_they_alone_can_read()
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        foreach (var client in new[] { "storefront", "backoffice" })
        {
            var file = Path.Combine(login.Service.Keys, client + ".oidc");
            Assert.Equal(64, (await File.ReadAllTextAsync(file)).Length);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        // Without its secret, the storefront is nobody.
        var (status, error) = await login.ExchangeAsync(("client_id", "storefront"), ("grant_type", "refresh_token"), ("refresh_token", "x"));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_client"), (status == HttpStatusCode.Unauthorized ? HttpStatusCode.BadRequest : status, error.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task A_short_secret_of_a_client_stops_the_start()
    {
        var keys = Directory.CreateTempSubdirectory("souk-keys-").FullName;
        await File.WriteAllTextAsync(Path.Combine(keys, "storefront.oidc"), "changeme");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            LoginUnderTest.StartAsync(Engine.Sqlite, new Dictionary<string, string?> { ["Souk:Keys"] = keys }));
        Assert.Contains("storefront.oidc", error.Message, StringComparison.Ordinal);
        Directory.Delete(keys, recursive: true);
    }

    static string Access(JsonElement tokens) => tokens.GetProperty("access_token").GetString()!;
}
