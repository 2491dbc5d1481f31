using System.Net;

namespace Souk.Settings.Tests;

public sealed class ConsentTests
{
    [Theory, EveryEngine]
    public async Task Every_decision_stays_and_the_last_of_a_purpose_holds(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await settings.ConsentAsync("marketing", true);
        settings.Clock.Advance(TimeSpan.FromDays(1));
        await settings.ConsentAsync("analytics", false);
        Assert.Equal(2, (await settings.ConsentAsync("marketing", true)).Version); // the same again is no decision
        await settings.ConsentAsync("marketing", true, "2026-02");
        await settings.ConsentAsync("marketing", false, "2026-02");
        var read = await settings.GetAsync("/consents");
        Assert.Equal("analytics-2026-01 marketing-2026-02", read.Consents("current"));
        Assert.Equal("marketing+2026-01 analytics-2026-01 marketing+2026-02 marketing-2026-02", read.Consents("history"));
        Assert.Equal("2026-01-01T12:00:00+00:00", read.List("history")[0].GetProperty("at").GetString());
        Assert.Equal("\"4\"", read.ETag);
    }

    [Theory, EveryEngine]
    public async Task A_withdrawal_is_never_refused(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        var full = Person.New("amal", new Profile(null, "en", "EUR")) with
        {
            Version = Person.ConsentsMax,
            Consents = [.. Enumerable.Range(0, Person.ConsentsMax).Select(n => new Consent("marketing", "1", n % 2 == 1, default))],
        };
        Assert.Equal("settings.consents_full", full.Decide(new Consent("marketing", "2", true, default)).Refusal?.Code);
        Assert.Equal(Person.ConsentsMax + 1, full.Decide(new Consent("marketing", "1", false, default)).Person?.Consents.Count);
        Assert.Equal(HttpStatusCode.OK, (await settings.ConsentAsync("marketing", false)).Status);
    }

    [Fact]
    public async Task What_is_no_decision_is_refused()
    {
        await using var settings = await SettingsUnderTest.StartAsync(Engine.Sqlite);
        (await settings.ConsentAsync("everything", true)).IsRefusal(404, "settings.purpose_unknown");
        foreach (object body in new object[] { new { given = true }, new { textVersion = "1" }, new { given = true, textVersion = "" },
            new { given = true, textVersion = "a b" }, new { given = true, textVersion = new string('1', 41) } })
        {
            (await settings.PutAsync("/consents/marketing", body)).IsRefusal(400, "settings.consent_invalid");
        }
        Assert.Equal(0, (await settings.GetAsync("/consents")).Version);
    }
}
