using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Tests.Security;

/// <summary>What a user's token is good for, and what is none.</summary>
public sealed class UserTokensTests : IDisposable
{
    readonly TestIssuer _login = new();

    public void Dispose() => _login.Dispose();

    [Fact]
    public async Task A_route_knows_its_user_and_a_guest_is_none()
    {
        await using var desk = await StartAsync();
        Assert.Equal("guest", await desk.Http.GetStringAsync("/api/desk/anyone"));
        Assert.Equal("amal", await desk.Http.With(_login.Customer("amal")).GetStringAsync("/api/desk/anyone"));
        Assert.Equal("amal", await desk.Http.With(_login.Customer("amal")).GetStringAsync("/api/desk/mine"));
        await RefusedAsync(desk, "/api/desk/mine", null, 401, "token.missing");
    }

    [Theory]
    [InlineData("expired 61 seconds ago")]
    [InlineData("from the future")]
    [InlineData("other audience")]
    [InlineData("other issuer")]
    [InlineData("other type")]
    [InlineData("unknown key")]
    [InlineData("another's key under a known name")]
    [InlineData("no algorithm")]
    [InlineData("no signature")]
    [InlineData("signed by the public key")]
    [InlineData("another algorithm")]
    [InlineData("one byte of the signature changed")]
    [InlineData("one byte of the claims changed")]
    [InlineData("without a session")]
    [InlineData("without a subject")]
    [InlineData("a person as a partner")]
    [InlineData("a partner as a person")]
    [InlineData("a service's identity")]
    [InlineData("half of it")]
    [InlineData("of 9 KB")]
    [InlineData("no token")]
    [InlineData("empty")]
    public async Task A_forged_or_stale_token_is_401_even_where_guests_are_welcome(string kind)
    {
        await using var desk = await StartAsync();
        var good = _login.Customer("amal");
        var claims = TestIssuer.Person("amal", null, ["customer"], secondFactor: false);
        var sound = new Dictionary<string, object>(claims);
        var parts = good.Split('.');
        using var strange = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var token = kind switch
        {
            "expired 61 seconds ago" => _login.Token(sound, age: TimeSpan.FromSeconds(3661)),
            "from the future" => _login.Token(sound, age: TimeSpan.FromSeconds(-90)),
            "other audience" => _login.Token(sound, audience: "cart"),
            "other issuer" => _login.Token(sound, issuer: "http://evil.example/"),
            "other type" => _login.Token(sound, type: "JWT"),
            "unknown key" => _login.Token(sound, signing: Es256(strange, "key-7")),
            "another's key under a known name" => _login.Token(sound, signing: Es256(strange, "key-1")),
            "no algorithm" => Encode("""{"alg":"none","typ":"at+jwt","kid":"key-1"}""") + "." + parts[1] + ".",
            "no signature" => parts[0] + "." + parts[1] + ".",
            "signed by the public key" => Hs256(parts[1], _login.Key),
            "another algorithm" => _login.Token(sound, signing: new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = "key-1" }, "RS256")),
            "one byte of the signature changed" => good[..^10] + (good[^10] == 'A' ? 'B' : 'A') + good[^9..],
            "one byte of the claims changed" => parts[0] + "." + parts[1].Replace(parts[1][20], parts[1][20] == 'A' ? 'B' : 'A') + "." + parts[2],
            "without a session" => _login.Token(Without(claims, "sid")),
            "without a subject" => _login.Token(Without(claims, "sub")),
            "a person as a partner" => _login.Token(sound, type: "key+jwt"),
            "a partner as a person" => _login.Token(new Dictionary<string, object>(claims) { ["sub"] = "partner:1" }),
            "a service's identity" => new ServiceIdentity("gateway", new ServiceKeys(desk.Keys), TimeProvider.System).TokenFor("desk"),
            "half of it" => good[..(good.Length / 2)],
            "of 9 KB" => _login.Token(new Dictionary<string, object>(claims) { ["more"] = new string('x', 9 * 1024) }),
            "no token" => "hello",
            _ => " ",
        };

        Assert.Equal("amal", await desk.Http.With(good).GetStringAsync("/api/desk/anyone"));
        foreach (var route in (string[])["/api/desk/anyone", "/api/desk/mine", "/api/desk/orders", "/api/desk/products"])
        {
            await RefusedAsync(desk, route, token, 401, "token.invalid");
        }
        await RefusedAsync(desk, "/internal/desk/amal", token, 403, "token.user_missing", caller: "storefront");
    }

    [Fact]
    public async Task A_token_is_good_until_59_seconds_after_it_expired_and_dead_after_61()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var login = new TestIssuer(clock);
        await using var desk = await StartAsync(login, new ServiceSetup { Clock = clock });
        var token = login.Customer("amal");
        Assert.Equal("amal", await desk.Http.With(token).GetStringAsync("/api/desk/mine"));
        clock.Advance(TimeSpan.FromSeconds(3659));
        Assert.Equal("amal", await desk.Http.With(token).GetStringAsync("/api/desk/mine"));
        clock.Advance(TimeSpan.FromSeconds(2));
        await RefusedAsync(desk, "/api/desk/mine", token, 401, "token.invalid");
    }

    [Fact]
    public async Task Staff_routes_are_for_staff_with_a_second_factor_and_for_keys_with_the_scope()
    {
        await using var desk = await StartAsync();
        await RefusedAsync(desk, "/api/desk/products", null, 401, "token.missing");
        await RefusedAsync(desk, "/api/desk/products", _login.Customer("amal"), 403, "token.not_staff");
        await RefusedAsync(desk, "/api/desk/products", _login.Support(), 403, "token.not_staff");
        await RefusedAsync(desk, "/api/desk/products", _login.Staff(secondFactor: false), 403, "token.second_factor_needed");
        await RefusedAsync(desk, "/api/desk/products", _login.Partner("orders:read"), 403, "token.scope_missing");
        Assert.Equal("staff-1", await desk.Http.With(_login.Staff()).GetStringAsync("/api/desk/products"));
        Assert.Equal("partner:1", await desk.Http.With(_login.Partner("stock:write", "catalog:write")).GetStringAsync("/api/desk/products"));
        Assert.Equal("support-1", await desk.Http.With(_login.Support()).GetStringAsync("/api/desk/orders"));
        await RefusedAsync(desk, "/api/desk/orders", _login.Customer("amal"), 403, "token.not_staff");
        await RefusedAsync(desk, "/api/desk/mine", _login.Partner("catalog:write"), 403, "token.not_customer");
    }

    [Fact]
    public async Task A_claim_of_one_value_may_be_a_text()
    {
        await using var desk = await StartAsync();
        var claims = TestIssuer.Person("noor", null, [], secondFactor: false);
        (claims["role"], claims["amr"]) = ("staff", "mfa");
        Assert.Equal("noor", await desk.Http.With(_login.Token(claims)).GetStringAsync("/api/desk/products"));
    }

    [Fact]
    public async Task User_data_is_given_to_a_named_service_with_the_users_token_alone()
    {
        await using var desk = await StartAsync();
        await RefusedAsync(desk, "/internal/desk/amal", null, 403, "token.user_missing", caller: "storefront");
        await RefusedAsync(desk, "/internal/desk/amal", _login.Customer("amal"), 403, "identity.not_allowed", caller: "catalog");
        Assert.Equal("amal", await desk.As("storefront").With(_login.Customer("amal")).GetStringAsync("/internal/desk/amal"));
    }

    [Theory]
    [InlineData("session")]
    [InlineData("subject")]
    public async Task A_revoked_token_is_dead_also_one_that_was_good_a_moment_ago(string kind)
    {
        await using var desk = await StartAsync();
        var (token, other) = (_login.Customer("amal", "s1"), _login.Customer("amal", "s2"));
        Assert.Equal("amal", await desk.Http.With(token).GetStringAsync("/api/desk/mine"));
        if (kind == "session") _login.RevokeSession("s1");
        else _login.RevokeSubject("amal");
        await Eventually.HoldsAsync("the token is dead", () => IsDeadAsync(desk, token), TimeSpan.FromSeconds(5));
        await RefusedAsync(desk, "/api/desk/anyone", token, 401, "token.invalid");
        Assert.Equal(kind == "subject", await IsDeadAsync(desk, other));
        Assert.False(await IsDeadAsync(desk, _login.Customer("noor")));
    }

    [Fact]
    public async Task A_new_key_signs_without_a_failed_request_and_a_retired_one_proves_nothing()
    {
        await using var desk = await StartAsync();
        var old = _login.Customer("amal");
        Assert.False(await IsDeadAsync(desk, old));
        _login.Rotate();
        await Eventually.HoldsAsync("the new key is known", async () => !await IsDeadAsync(desk, _login.Customer("amal")));
        Assert.False(await IsDeadAsync(desk, old));
        _login.Retire();
        await Eventually.HoldsAsync("the old key is forgotten", () => IsDeadAsync(desk, old));
        Assert.False(await IsDeadAsync(desk, _login.Customer("amal")));
    }

    [Fact]
    public async Task With_Login_dead_tokens_are_judged_as_before_also_after_a_restart()
    {
        await using var desk = await StartAsync();
        var (good, revoked) = (_login.Customer("amal"), _login.Customer("noor"));
        _login.RevokeSubject("noor");
        await Eventually.HoldsAsync("the revocation is known", () => IsDeadAsync(desk, revoked));
        _login.Up = false;
        await desk.RestartAsync();
        Assert.Equal("amal", await desk.Http.With(good).GetStringAsync("/api/desk/mine"));
        await RefusedAsync(desk, "/api/desk/mine", revoked, 401, "token.invalid");

        var file = Path.Combine(desk.Keys, "trust", "desk.json");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!));

        _login.RevokeSubject("amal");
        _login.Up = true;
        await Eventually.HoldsAsync("what happened meanwhile is known", () => IsDeadAsync(desk, good), TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("half a fi")]
    [InlineData("null")]
    public async Task While_Login_was_never_heard_a_token_is_503_and_a_guest_served(string? file)
    {
        _login.Up = false;
        var folder = Directory.CreateTempSubdirectory("souk-trust-");
        var path = Path.Combine(folder.FullName, "desk.json");
        if (file is not null) await File.WriteAllTextAsync(path, file);
        await using var desk = await StartAsync(_login,
            new ServiceSetup { Configuration = new Dictionary<string, string?> { ["Souk:Trust"] = path } }, wait: false);
        Assert.Equal("guest", await desk.Http.GetStringAsync("/api/desk/anyone"));
        await RefusedAsync(desk, "/api/desk/mine", _login.Customer("amal"), 503, "login.unavailable");
        await RefusedAsync(desk, "/api/desk/anyone", "hello", 503, "login.unavailable");
        await RefusedAsync(desk, "/internal/desk/amal", _login.Customer("amal"), 503, "login.unavailable", caller: "storefront");
        _login.Up = true;
        await Eventually.HoldsAsync("Login is heard", async () => !await IsDeadAsync(desk, _login.Customer("amal")));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_signature_is_checked_once_and_what_is_kept_is_bounded()
    {
        var tokens = new UserTokens(TimeProvider.System) { Trust = await TrustAsync() };
        var token = _login.Customer("amal").AsMemory();
        var first = await tokens.UserAsync(token);
        Assert.NotNull(first);
        Assert.Same(first, await tokens.UserAsync(token.ToString().AsMemory()));

        var few = new VerifiedTokens(8);
        for (var number = 0; number < 100; number++)
        {
            few.Add(number.ToString(null, null), first);
            few.Add("again and again", first);
        }
        Assert.InRange(Enumerable.Range(0, 100).Count(number => few.Find(number.ToString()) is not null), 1, 8);
    }

    [Fact]
    public async Task A_call_carries_the_users_token_only_where_its_client_is_declared_so()
    {
        var heard = new List<(string Callee, string? Authorization)>();
        await using var desk = await TestService.StartAsync(setup =>
        {
            var service = Service.Create("desk", setup);
            service.AddUsers();
            service.Calls("settings", http => new Passing(http), call => call.PassUser = true);
            service.Calls("catalog", http => new NotPassing(http));
            var app = service.Build();
            app.MapGet("/api/desk/calls", async (Passing passing, NotPassing notPassing) =>
            {
                await passing.Http.GetAsync("/x");
                await notPassing.Http.GetAsync("/x");
                return "done";
            }).AllowPublic();
            return app;
        }, setup: _login.Vouching(new ServiceSetup { Network = callee => new Ear(callee, heard) }));
        var token = _login.Customer("amal");
        await Eventually.HoldsAsync("Login is heard", async () =>
            (await desk.Http.With(token).GetAsync("/api/desk/calls")).IsSuccessStatusCode);
        heard.Clear();
        await desk.Http.With(token).GetAsync("/api/desk/calls");
        await desk.Http.GetAsync("/api/desk/calls");
        Assert.Equal([("settings", "Bearer " + token), ("catalog", null), ("settings", null), ("catalog", null)], heard);
    }

    [Fact]
    public async Task A_route_for_users_in_a_service_that_knows_none_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync(setup =>
        {
            var app = Service.Create("silent", setup).Build();
            app.MapGet("/api/silent/mine", () => "x").AllowCustomers();
            return app;
        }));
        Assert.Contains("/api/silent/mine", error.Message, StringComparison.Ordinal);
    }

    Task<TestService> StartAsync() => StartAsync(_login, new ServiceSetup());

    static async Task<TestService> StartAsync(TestIssuer login, ServiceSetup setup, bool wait = true)
    {
        var desk = await TestService.StartAsync(BuildDesk, setup: login.Vouching(setup));
        if (wait) await Eventually.HoldsAsync("Login is heard", async () => !await IsDeadAsync(desk, login.Customer("somebody")));
        return desk;
    }

    static WebApplication BuildDesk(ServiceSetup setup)
    {
        var service = Service.Create("desk", setup);
        service.AddUsers();
        var app = service.Build();
        app.MapGet("/api/desk/anyone", Who).AllowPublic();
        app.MapGet("/api/desk/mine", Who).AllowCustomers();
        app.MapGet("/api/desk/products", Who).AllowStaff("catalog:write");
        app.MapGet("/api/desk/orders", Who).AllowStaff("orders:read", supportToo: true);
        app.MapGet("/internal/desk/{subject}", Who).AllowCallers("storefront").ForUser();
        return app;
    }

    static string Who(HttpContext context) => context.StoreUser()?.Subject ?? "guest";

    static async Task<bool> IsDeadAsync(TestService desk, string token)
    {
        var answer = await desk.Http.With(token).GetAsync("/api/desk/mine");
        return answer.StatusCode != HttpStatusCode.OK;
    }

    static async Task RefusedAsync(TestService desk, string route, string? token, int status, string code, string caller = "gateway")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, route);
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        var answer = await desk.As(caller).SendAsync(request);
        var problem = await answer.Content.ReadFromJsonAsync<Microsoft.AspNetCore.Mvc.ProblemDetails>();
        Assert.Equal((status, code), ((int)answer.StatusCode, problem?.Extensions["code"]?.ToString()));
        Assert.Equal(status == 401, answer.Headers.WwwAuthenticate.ToString().StartsWith("Bearer", StringComparison.Ordinal));
        if (status == 503) Assert.NotNull(answer.Headers.RetryAfter);
    }

    async Task<Trust> TrustAsync()
    {
        using var http = new HttpClient(_login.Vouching(new ServiceSetup()).Network!("login"));
        var news = await http.GetFromJsonAsync("http://login/internal/trust?after=0&wait=0", TrustJson.Default.TrustNews);
        return new Trust(news!);
    }

    static Dictionary<string, object> Without(Dictionary<string, object> claims, string name)
    {
        claims.Remove(name);
        return claims;
    }

    static SigningCredentials Es256(ECDsa key, string id) => new(new ECDsaSecurityKey(key) { KeyId = id }, "ES256");

    static string Hs256(string claims, ECDsaSecurityKey key)
    {
        var signed = Encode("""{"alg":"HS256","typ":"at+jwt","kid":"key-1"}""") + "." + claims;
        var secret = Encoding.ASCII.GetBytes(key.ECDsa.ExportSubjectPublicKeyInfoPem());
        return signed + "." + Base64UrlEncoder.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)));
    }

    static string Encode(string json) => Base64UrlEncoder.Encode(json);

    sealed record Passing(HttpClient Http);

    sealed record NotPassing(HttpClient Http);

    sealed class Ear(string callee, List<(string, string?)> heard) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            heard.Add((callee, request.Headers.Authorization?.ToString()));
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
