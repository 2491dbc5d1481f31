using System.Net;

namespace Souk.Settings.Tests;

public sealed class ProfileTests
{
    [Theory, EveryEngine]
    public async Task Who_never_changed_anything_has_what_holds_for_everybody(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine, ("Souk:Currency", "CHF"));
        var profile = await settings.GetAsync("");
        Assert.Equal((HttpStatusCode.OK, "amal", null, "en", "CHF", 0L, "\"0\""), (profile.Status, profile.Text("subject"),
            profile.Text("displayName"), profile.Text("locale"), profile.Text("currency"), profile.Version, profile.ETag));
        Assert.Equal("no-store", profile.Headers.CacheControl?.ToString());
        Assert.Empty((await settings.GetAsync("/addresses")).List("items"));
        Assert.Empty((await settings.GetAsync("/consents")).List("history"));
        var mails = (await settings.GetAsync("/notifications")).Body;
        Assert.Equal((true, false, false), (mails.GetProperty("orderUpdates").GetBoolean(), mails.GetProperty("cartReminders").GetBoolean(),
            mails.GetProperty("newsletter").GetBoolean()));
    }

    [Theory, EveryEngine]
    public async Task A_profile_is_set_as_a_whole_and_the_same_again_changes_nothing(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        var put = await settings.PutAsync("", new { displayName = "Amal <b>", locale = "de", currency = "USD", subject = "eve", version = 9 });
        Assert.Equal((HttpStatusCode.OK, "\"1\"", "amal"), (put.Status, put.ETag, put.Text("subject")));
        Assert.Equal(("Amal <b>", "de", "USD"), (put.Text("displayName"), put.Text("locale"), put.Text("currency")));
        Assert.Equal(put.Raw, (await settings.PutAsync("", new { displayName = "Amal <b>", locale = "de", currency = "USD" })).Raw);
        Assert.Equal(put.Raw, (await settings.GetAsync("")).Raw);
        var less = await settings.PutAsync("", new { locale = "fr" });
        Assert.Equal((null, "fr", "EUR", 2L), (less.Text("displayName"), less.Text("locale"), less.Text("currency"), less.Version));
    }

    [Theory]
    [InlineData("""{"locale":"xx"}""", "settings.locale_unknown")]
    [InlineData("""{"locale":"DE"}""", "settings.locale_unknown")]
    [InlineData("""{"currency":"XYZ"}""", "settings.currency_unknown")]
    [InlineData("""{"displayName":""}""", "settings.display_name_invalid")]
    [InlineData("""{"displayName":"two\nlines"}""", "settings.display_name_invalid")]
    [InlineData("""{"displayName":"4242 4242 4242 4242"}""", "settings.card_number")]
    [InlineData("""{"displayName":5}""", "request.malformed")]
    [InlineData("""[]""", "request.malformed")]
    [InlineData("", "request.malformed")]
    public async Task What_is_wrong_with_a_profile_is_told(string json, string code)
    {
        await using var settings = await SettingsUnderTest.StartAsync(Engine.Sqlite);
        (await settings.SendAsync(HttpMethod.Put, "/api/settings/me", json)).IsRefusal(400, code);
        (await settings.PutAsync("", new { displayName = new string('x', 101) })).IsRefusal(400, "settings.display_name_invalid");
        Assert.Equal(0, (await settings.GetAsync("")).Version);
    }

    [Theory, EveryEngine]
    public async Task Choices_of_mails_are_set_all_at_once(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        var put = await settings.PutAsync("/notifications", new { orderUpdates = false, cartReminders = true, newsletter = false });
        Assert.Equal("""{"version":1,"orderUpdates":false,"cartReminders":true,"newsletter":false}""", put.Raw);
        Assert.Equal(put.Raw, (await settings.GetAsync("/notifications")).Raw);
        (await settings.PutAsync("/notifications", new { orderUpdates = false })).IsRefusal(400, "settings.notifications_invalid");
        (await settings.PutAsync("/notifications", new { orderUpdates = "no", cartReminders = true, newsletter = true })).IsRefusal(400, "request.malformed");
    }

    [Theory, EveryEngine]
    public async Task Of_many_that_saw_the_same_version_exactly_one_wins(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        for (var round = 0; round < 3; round++)
        {
            var seen = (await settings.GetAsync("")).ETag;
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => settings.PutAsync("", new { displayName = $"{round}-{n}" }, ifMatch: seen)));
            var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            foreach (var answer in answers.Where(answer => answer != winner)) answer.IsRefusal(412, "settings.version_stale");
            Assert.Equal(winner.Raw, (await settings.GetAsync("")).Raw);
        }
        (await settings.PutAsync("", new { }, ifMatch: "3")).IsRefusal(400, "settings.if_match_invalid");
    }

    [Theory, EveryEngine]
    public async Task No_write_is_lost_however_many_come_at_once(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => settings.PutAddressAsync("a" + n)));
        Assert.Equal(Enumerable.Range(1, 12).Select(version => (long)version), answers.Select(answer => answer.Version).Order());
        Assert.Equal(12, (await settings.GetAsync("/addresses")).List("items").Count);
    }
}
