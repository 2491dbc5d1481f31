using System.Net;
using System.Text;

namespace Souk.Settings.Tests;

/// <summary>The token's subject, and nobody else.</summary>
public sealed class WhoseTests
{
    static readonly (HttpMethod Method, string Path)[] Routes =
    [
        (HttpMethod.Get, ""), (HttpMethod.Put, ""), (HttpMethod.Get, "/addresses"), (HttpMethod.Put, "/addresses/a"),
        (HttpMethod.Delete, "/addresses/a"), (HttpMethod.Get, "/notifications"), (HttpMethod.Put, "/notifications"),
        (HttpMethod.Get, "/consents"), (HttpMethod.Put, "/consents/marketing"), (HttpMethod.Post, "/exports"),
        (HttpMethod.Get, "/exports/x"), (HttpMethod.Post, "/erasure"),
    ];

    [Fact]
    public async Task Nobody_is_answered_without_a_token_nor_with_a_dead_one()
    {
        await using var settings = await SettingsUnderTest.StartAsync(Engine.Sqlite);
        using var dead = settings.Service.As("gateway").With(settings.Login.Customer("amal") + "x");
        foreach (var (method, path) in Routes)
        {
            (await settings.SendAsync(method, "/api/settings/me" + path, "{}", who: null, key: "k")).IsRefusal(401, "token.missing");
            using var request = new HttpRequestMessage(method, "/api/settings/me" + path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
            Assert.Equal(HttpStatusCode.Unauthorized, (await dead.SendAsync(request)).StatusCode);
        }
    }

    [Theory, EveryEngine]
    public async Task Another_s_settings_are_never_seen_nor_changed(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await settings.PutAsync("", new { displayName = "Amal" });
        await settings.PutAddressAsync("home");
        await settings.PutAsync("/notifications", new { orderUpdates = false, cartReminders = true, newsletter = true });
        await settings.ConsentAsync("marketing", true);
        var before = await AllAsync(settings, "amal");

        Assert.DoesNotContain("Amal", await AllAsync(settings, "eve"));
        await settings.RemoveAsync("home", who: "eve");
        await settings.PutAddressAsync("home", "Ulm", who: "eve");
        await settings.PutAsync("", new { displayName = "Eve", subject = "amal" }, who: "eve");
        await settings.ConsentAsync("marketing", false, who: "eve");
        Assert.Equal(before, await AllAsync(settings, "amal"));
        Assert.Equal("home:Ulm*", (await settings.GetAsync("/addresses", "eve")).Addresses);
    }

    [Theory, EveryEngine]
    public async Task Another_s_export_and_key_are_unknown(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        var mine = await settings.ExportAsync("same key");
        await settings.PumpAsync();
        var theirs = await settings.ExportAsync("same key", "eve");
        Assert.NotEqual(mine.Address, theirs.Address);
        (await settings.SendAsync(HttpMethod.Get, mine.Address, who: "eve")).IsRefusal(404, "settings.export_unknown");
        (await settings.SendAsync(HttpMethod.Get, "/api/settings/me/exports/nothing", who: "eve")).IsRefusal(404, "settings.export_unknown");
        Assert.Equal("done", (await settings.SendAsync(HttpMethod.Get, mine.Address)).State);
    }

    static async Task<string> AllAsync(SettingsUnderTest settings, string who) => string.Concat(
        (await settings.GetAsync("", who)).Raw, (await settings.GetAsync("/addresses", who)).Raw,
        (await settings.GetAsync("/notifications", who)).Raw, (await settings.GetAsync("/consents", who)).Raw);
}
