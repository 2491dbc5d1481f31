using System.Net;
using Microsoft.EntityFrameworkCore;
using Souk.Login.Accounts;

namespace Souk.Login.Tests;

/// <summary>What keeps browsers careful, tokens apart, and two replicas together.</summary>
public sealed class GuardTests
{
    [Theory]
    [InlineData("/account/signin", HttpStatusCode.OK)]
    [InlineData("/account/register", HttpStatusCode.OK)]
    [InlineData("/account/nothing", HttpStatusCode.NotFound)]
    [InlineData("/account", HttpStatusCode.Redirect)]
    [InlineData("/account/reset", HttpStatusCode.BadRequest)]
    [InlineData("/connect/authorize", HttpStatusCode.BadRequest)]
    [InlineData("/api/login/sessions", HttpStatusCode.Unauthorized)]
    public async Task Every_answer_keeps_a_browser_careful(string path, HttpStatusCode status)
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        var page = await login.Browser().GetAsync(path);
        Assert.Equal(status, page.Status);
        var policy = page.Response.Headers.GetValues("Content-Security-Policy").Single();
        foreach (var rule in new[] { "script-src 'nonce-", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'" })
        {
            Assert.Contains(rule, policy, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", page.Response.Headers.GetValues("Referrer-Policy").Single());
        Assert.False(page.Response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("cross-site", null)]
    [InlineData("same-site", null)]
    [InlineData(null, "https://evil.example")]
    [InlineData(null, "null")]
    public async Task A_form_of_another_site_is_refused(string? site, string? origin)
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        var browser = await login.RegisterAsync("amal@example.com");
        await browser.GetAsync("/account");
        var request = new HttpRequestMessage(HttpMethod.Post, "/account/signout") { Content = new StringContent("{}") };
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        if (origin is not null) request.Headers.Add("Origin", origin);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SendAsync(request)).Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        var browser = await login.RegisterAsync("amal@example.com");
        var request = new HttpRequestMessage(HttpMethod.Post, "/account/signout")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["everywhere"] = "true" }),
            Headers = { { "Sec-Fetch-Site", "same-origin" } },
        };
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.SendAsync(request)).Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task A_stranger_cannot_say_whose_host_it_is()
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        var browser = login.Browser();
        var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/openid-configuration") { Headers = { Host = "evil.example" } };
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        Assert.DoesNotContain("evil", (await browser.SendAsync(request)).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_files_are_what_the_model_expects()
    {
        foreach (var engine in new[] { Engine.Sqlite, Engine.Postgres })
        {
            var services = new ServiceCollection();
            services.Configure<Microsoft.AspNetCore.Identity.IdentityOptions>(identity =>
                identity.Stores.SchemaVersion = Microsoft.AspNetCore.Identity.IdentitySchemaVersions.Version3);
            services.AddDbContext<LoginContext>(context => LoginDatabase.Use(context, engine == Engine.Postgres ? "Host=nowhere" : "Data Source=nowhere"));
            await using var provider = services.BuildServiceProvider();
            await using var scope = provider.CreateAsyncScope();
            var wanted = scope.ServiceProvider.GetRequiredService<LoginContext>().Database.GenerateCreateScript();
            var file = engine == Engine.Postgres ? "postgres" : "sqlite";
            var written = await File.ReadAllTextAsync(Repository.Path("services", "Login", "src", "schema", $"0001-identity.{file}.sql"));
            // A later file changes what the first made: then this test is to read that one, too.
            Assert.Equal(Statements(wanted), Statements(written[written.IndexOf("CREATE", StringComparison.Ordinal)..]));
        }
    }

    [Theory, EveryEngine]
    public async Task Two_replicas_that_start_at_once_share_keys_clients_and_sessions(Engine engine)
    {
        await using var first = await LoginUnderTest.StartAsync(engine);
        var connection = first.Service.App.Configuration["ConnectionStrings:Database"];
        var empty = engine == Engine.Postgres ? await Postgres.CreateDatabaseAsync() : "Data Source=" + Path.Combine(first.Service.Keys, "..", "both.db");
        Assert.NotEqual(connection, empty);
        var settings = new Dictionary<string, string?> { ["ConnectionStrings:Database"] = empty, ["Souk:Keys"] = first.Service.Keys };
        var both = await Task.WhenAll(LoginUnderTest.StartAsync(engine, settings), LoginUnderTest.StartAsync(engine, settings));
        await using var one = both[0];
        await using var two = both[1];
        Assert.Equal((await one.TrustAsync()).GetProperty("keys").ToString(), (await two.TrustAsync()).GetProperty("keys").ToString());
        var browser = await one.RegisterAsync("amal@example.com");
        var (code, verifier) = await LoginUnderTest.CodeAsync(browser);
        var (status, _) = await two.ExchangeAsync(("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", LoginUnderTest.AppRedirect));
        Assert.Equal(HttpStatusCode.OK, status);
    }

    static string Statements(string sql) => string.Join('\n', sql.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
