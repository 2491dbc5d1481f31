using System.Net;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Souk.Login.Keys;

namespace Souk.Login.Tests;

public sealed class TrustTests
{
    [Theory, EveryEngine]
    public async Task What_it_serves_is_enough_to_check_a_token(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var tokens = await login.TokensAsync(await login.RegisterAsync("amal@example.com"));
        var trust = await login.TrustAsync();
        Assert.Equal(LoginUnderTest.Issuer, trust.GetProperty("issuer").GetString());
        Assert.True((await CheckAsync(login, trust, tokens.GetProperty("access_token").GetString()!)).IsValid);
    }

    [Theory, EveryEngine]
    public async Task A_reader_that_waits_is_told_at_once_and_once(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var position = (await login.TrustAsync()).GetProperty("position").GetInt64();
        var waiting = login.TrustAsync(position, wait: 30);
        await browser.PostAsync(await browser.GetAsync("/account/signout"), "/account/signout");
        // The clock stands still: nothing but the news can have ended the wait.
        var news = await waiting.WaitAsync(Eventually.Bound, TimeProvider.System);
        Assert.Equal(position + 1, news.GetProperty("position").GetInt64());
        Assert.Single(news.GetProperty("revoked").EnumerateArray());
        Assert.Empty((await login.TrustAsync(position + 1)).GetProperty("revoked").EnumerateArray());
    }

    [Theory, EveryEngine]
    public async Task Without_news_the_answer_comes_after_the_wait(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var position = (await login.TrustAsync()).GetProperty("position").GetInt64();
        var waiting = login.TrustAsync(position, wait: 2);
        await Eventually.HoldsAsync("the wait is over", () =>
        {
            login.Clock.Advance(TimeSpan.FromMilliseconds(500));
            return waiting.IsCompleted;
        });
        Assert.Equal(position, (await waiting).GetProperty("position").GetInt64());
    }

    [Theory, EveryEngine]
    public async Task A_position_of_another_time_is_told_everything(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        await browser.PostAsync(await browser.GetAsync("/account/signout"), "/account/signout");
        Assert.NotEmpty((await login.TrustAsync(1_000_000, wait: 30)).GetProperty("revoked").EnumerateArray());
    }

    [Theory, EveryEngine]
    public async Task A_revocation_is_forgotten_when_its_tokens_have_expired_by_themselves(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        await browser.PostAsync(await browser.GetAsync("/account/signout"), "/account/signout");
        var until = (await login.TrustAsync()).GetProperty("revoked")[0].GetProperty("until").GetInt64();
        login.Clock.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds(until - 1));
        Assert.NotEmpty((await login.TrustAsync()).GetProperty("revoked").EnumerateArray());
        login.Clock.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds(until));
        Assert.Empty((await login.TrustAsync()).GetProperty("revoked").EnumerateArray());
        Assert.Equal(1, await login.Service.App.Services.GetRequiredService<TrustStore>().ForgetAsync(CancellationToken.None));
    }

    [Theory, EveryEngine]
    public async Task A_new_key_is_published_two_minutes_before_it_signs_and_the_old_one_stays(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var before = (await login.TokensAsync(browser)).GetProperty("access_token").GetString()!;
        var position = (await login.TrustAsync()).GetProperty("position").GetInt64();
        var waiting = login.TrustAsync(position, wait: 30);
        using (var souk = login.Service.As("souk")) Assert.Equal(HttpStatusCode.NoContent, (await souk.PostAsync("/internal/keys/rotate", null)).StatusCode);
        Assert.Equal(2, (await waiting.WaitAsync(Eventually.Bound, TimeProvider.System)).GetProperty("keys").GetArrayLength());

        var ring = login.Service.App.Services.GetRequiredService<KeyRing>();
        login.Clock.Advance(TimeSpan.FromSeconds(119));
        await ring.StepAsync(CancellationToken.None);
        var stillOld = (await login.TokensAsync(browser)).GetProperty("access_token").GetString()!;
        Assert.Equal(KeyOf(before), KeyOf(stillOld));
        login.Clock.Advance(TimeSpan.FromSeconds(1));
        await ring.StepAsync(CancellationToken.None);
        var after = (await login.TokensAsync(browser)).GetProperty("access_token").GetString()!;
        Assert.NotEqual(KeyOf(before), KeyOf(after));
        var trust = await login.TrustAsync();
        foreach (var token in new[] { before, stillOld, after }) Assert.True((await CheckAsync(login, trust, token)).IsValid);

        // Nothing that the old one signed is alive by then.
        login.Clock.Advance(TimeSpan.FromDays(61));
        await ring.StepAsync(CancellationToken.None);
        Assert.DoesNotContain((await login.TrustAsync()).GetProperty("keys").EnumerateArray(), key => key.GetProperty("kid").GetString() == KeyOf(before));
    }

    [Theory, EveryEngine]
    public async Task Keys_rotate_by_themselves_and_outlive_a_restart_and_a_refresh_token_outlives_them(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var tokens = await login.TokensAsync(await login.RegisterAsync("amal@example.com"));
        await login.Service.RestartAsync();
        Assert.True((await CheckAsync(login, await login.TrustAsync(), tokens.GetProperty("access_token").GetString()!)).IsValid);

        var ring = login.Service.App.Services.GetRequiredService<KeyRing>();
        login.Clock.Advance(TimeSpan.FromDays(29));
        var (_, renewed) = await login.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
        login.Clock.Advance(TimeSpan.FromDays(1));
        await ring.StepAsync(CancellationToken.None);
        Assert.Equal(2, ring.Published.Count);
        login.Clock.Advance(TimeSpan.FromDays(2));
        await ring.StepAsync(CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, (await login.RefreshAsync(renewed.GetProperty("refresh_token").GetString()!)).Status);
    }

    [Theory, EveryEngine]
    public async Task Only_services_of_the_store_may_ask_and_only_sensibly(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        using var sandbox = login.Service.As("sandbox");
        Assert.Equal(HttpStatusCode.Forbidden, (await sandbox.GetAsync("/internal/trust")).StatusCode);
        using var cart = login.Service.As("cart");
        Assert.Equal(HttpStatusCode.BadRequest, (await cart.GetAsync("/internal/trust?after=-1")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await cart.GetAsync("/internal/trust?wait=31")).StatusCode);
    }

    static string? KeyOf(string token) => LoginUnderTest.Open(token).Header.GetProperty("kid").GetString();

    /// <summary>As another service would, with nothing but what the endpoint serves.</summary>
    static Task<TokenValidationResult> CheckAsync(LoginUnderTest login, JsonElement trust, string token) =>
        new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = trust.GetProperty("issuer").GetString(),
            ValidAudience = "souk",
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = ["ES256"],
            IssuerSigningKeys = new JsonWebKeySet(trust.ToString()).GetSigningKeys(),
            LifetimeValidator = (_, until, _, _) => until > login.Clock.GetUtcNow().UtcDateTime.AddMinutes(-61),
        });
}
