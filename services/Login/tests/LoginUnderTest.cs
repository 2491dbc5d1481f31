using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Login.Tests;

/// <summary>A Login of its own for each test, with a clock that stands still until it is moved.</summary>
public sealed class LoginUnderTest : IAsyncDisposable
{
    public const string Issuer = "http://localhost:8080/";
    public const string App = "app";
    public const string AppRedirect = "http://127.0.0.1:9999/callback";
    public const string Password = "correct horse battery";

    int _browsers;

    LoginUnderTest(TestService service, FakeTimeProvider clock)
    {
        Service = service;
        Clock = clock;
    }

    public TestService Service { get; }

    public FakeTimeProvider Clock { get; }

    public static async Task<LoginUnderTest> StartAsync(Engine engine, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var configuration = new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>())
        {
            ["Souk:PublicUrl"] = Issuer,
            [$"Login:Clients:{App}:Name"] = "An app",
            [$"Login:Clients:{App}:RedirectUris:0"] = AppRedirect,
        };
        var service = await TestService.StartAsync(LoginService.Build, engine, new ServiceSetup { Clock = clock, RunPumps = false, Configuration = configuration });
        return new LoginUnderTest(service, clock);
    }

    /// <summary>A browser at an address of its own.</summary>
    public Browser Browser(string? address = null) => new(Service, address ?? $"203.0.113.{Interlocked.Increment(ref _browsers)}");

    /// <summary>Registers and confirms, and is signed in by that.</summary>
    public async Task<Browser> RegisterAsync(string email, string password = Password)
    {
        var browser = Browser();
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.FillAsync("/account/register", ("email", email), ("password", password))).Status);
        var confirmed = await browser.FillAsync(await LinkAsync("confirm"), ("password", password));
        Assert.Equal((HttpStatusCode.SeeOther, "/account?said=confirmed"), (confirmed.Status, confirmed.Location));
        return browser;
    }

    public async Task<Browser> SignInAsync(string email, string password = Password, Browser? browser = null)
    {
        browser ??= Browser();
        var page = await browser.FillAsync("/account/signin?returnUrl=%2Faccount", ("email", email), ("password", password));
        Assert.True(page.Status == HttpStatusCode.SeeOther, page.Text);
        return browser;
    }

    /// <summary>What Notifications learns of the latest mail of a kind.</summary>
    public async Task<JsonElement> MailAsync(string kind)
    {
        using var notifications = Service.As("notifications");
        var wanted = (await Service.EventsAsync("notifications")).Last(e => e.GetProperty("data").GetProperty("kind").GetString() == kind);
        return await notifications.GetFromJsonAsync<JsonElement>("/internal/mails/" + wanted.GetProperty("data").GetProperty("mailId").GetString());
    }

    /// <summary>The path that the latest mail of a kind links to.</summary>
    public async Task<string> LinkAsync(string kind) => new Uri((await MailAsync(kind)).GetProperty("link").GetString()!).PathAndQuery;

    /// <summary>The code that an app is sent for who is signed in in a browser, and the verifier that belongs to it.</summary>
    public static async Task<(string Code, string Verifier)> CodeAsync(Browser browser, string scope = "openid offline_access", string query = "")
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var answer = await browser.GetAsync(AuthorizeAddress(verifier, scope) + query);
        Assert.True(answer.Status == HttpStatusCode.Redirect, answer.Text);
        var code = System.Web.HttpUtility.ParseQueryString(new Uri(answer.Location).Query)["code"];
        Assert.True(code is not null, answer.Location);
        return (code, verifier);
    }

    public static string AuthorizeAddress(string verifier, string scope = "openid offline_access") =>
        $"/connect/authorize?client_id={App}&response_type=code&redirect_uri={Uri.EscapeDataString(AppRedirect)}&scope={Uri.EscapeDataString(scope)}"
        + $"&state=s&nonce=n&code_challenge_method=S256&code_challenge={Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))}";

    /// <summary>Tokens for who is signed in in a browser.</summary>
    public async Task<JsonElement> TokensAsync(Browser browser, string scope = "openid offline_access")
    {
        var (code, verifier) = await CodeAsync(browser, scope);
        var (status, tokens) = await ExchangeAsync(("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", AppRedirect));
        Assert.True(status == HttpStatusCode.OK, tokens.ToString());
        return tokens;
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> RefreshAsync(string refreshToken) =>
        ExchangeAsync(("grant_type", "refresh_token"), ("refresh_token", refreshToken));

    public async Task<(HttpStatusCode Status, JsonElement Body)> ExchangeAsync(params (string Name, string Value)[] fields)
    {
        using var http = Service.As("gateway");
        var form = fields.Append(("client_id", App)).DistinctBy(field => field.Item1).ToDictionary(field => field.Item1, field => field.Item2);
        using var answer = await http.PostAsync("/connect/token", new FormUrlEncodedContent(form));
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>What a token says; nobody checks its signature here.</summary>
    public static (JsonElement Header, JsonElement Claims) Open(string token)
    {
        var parts = token.Split('.');
        return (JsonElement.Parse(Base64Url.DecodeFromChars(parts[0])), JsonElement.Parse(Base64Url.DecodeFromChars(parts[1])));
    }

    /// <summary>Calls the API with a token.</summary>
    public async Task<HttpResponseMessage> ApiAsync(HttpMethod method, string address, string? token, object? body = null)
    {
        using var http = Service.As("gateway");
        using var request = new HttpRequestMessage(method, address);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null) request.Content = JsonContent.Create(body);
        return await http.SendAsync(request);
    }

    public async Task<JsonElement> TrustAsync(long after = 0, int wait = 0)
    {
        using var http = Service.As("cart");
        return await http.GetFromJsonAsync<JsonElement>($"/internal/trust?after={after}&wait={wait}");
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}
