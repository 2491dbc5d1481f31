using System.Net;

namespace Souk.Settings.Tests;

public sealed class ExportTests
{
    [Theory, EveryEngine]
    public async Task An_export_has_a_part_of_every_service(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        settings.People.Know("amal");
        await settings.PutAsync("", new { displayName = "Amal" });
        await settings.PutAddressAsync("home");
        await settings.ConsentAsync("marketing", true);
        var asked = await settings.ExportAsync();
        Assert.Equal(HttpStatusCode.Accepted, asked.Status);
        await settings.PumpAsync();

        var done = await settings.SendAsync(HttpMethod.Get, asked.Address);
        Assert.Equal("done", done.State);
        var document = done.Body.GetProperty("document");
        Assert.Equal(["cart", "login", "notifications", "ordering", "settings", "shipping"], document.EnumerateObject().Select(part => part.Name));
        Assert.Equal("amal-1", document.GetProperty("ordering").GetProperty("orders")[0].GetProperty("id").GetString());
        Assert.Equal(2, document.GetProperty("shipping").GetProperty("shipments").GetArrayLength());
        Assert.Equal(2, document.GetProperty("notifications").GetProperty("mails").GetArrayLength());
        var own = document.GetProperty("settings");
        Assert.Equal(("Amal", "Berlin", "marketing"), (own.GetProperty("profile").GetProperty("displayName").GetString(),
            own.GetProperty("addresses")[0].GetProperty("city").GetString(), own.GetProperty("consents")[0].GetProperty("purpose").GetString()));
        Assert.Equal(asked.Raw, (await settings.ExportAsync()).Raw); // its key: the first answer
    }

    [Theory, EveryEngine]
    public async Task A_service_that_is_down_is_asked_again_and_the_others_parts_are_kept(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        settings.People.Know("amal");
        settings.People.Down.Add("cart");
        settings.People.Without.Add("login");
        var asked = await settings.ExportAsync();
        await settings.PassAsync(TimeSpan.FromMinutes(10), 10);
        var waiting = await settings.SendAsync(HttpMethod.Get, asked.Address);
        Assert.Equal(("collecting", "notifications ordering shipping"), (waiting.State, string.Join(' ', waiting.List("answered"))));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, waiting.Body.GetProperty("document").ValueKind);
        (await settings.ExportAsync("another")).IsRefusal(409, "settings.export_under_way");
        Assert.Single(settings.People.Calls, "GET ordering amal");

        await settings.RestartAsync();
        settings.People.Down.Clear();
        settings.People.Without.Clear();
        await settings.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("done", (await settings.SendAsync(HttpMethod.Get, asked.Address)).State);
        Assert.Single(settings.People.Calls, "GET ordering amal");
    }

    [Theory, EveryEngine]
    public async Task While_ordering_is_down_nobody_is_asked_about_orders(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        settings.People.Know("amal");
        settings.People.Down.Add("ordering");
        var asked = await settings.ExportAsync();
        await settings.PassAsync(TimeSpan.FromMinutes(2));
        Assert.DoesNotContain("POST shipping export", settings.People.Calls);
        settings.People.Down.Clear();
        await settings.PassAsync(TimeSpan.FromMinutes(2));
        var document = (await settings.SendAsync(HttpMethod.Get, asked.Address)).Body.GetProperty("document");
        Assert.Equal("amal-2", document.GetProperty("shipping").GetProperty("shipments")[1].GetProperty("order").GetString());
    }

    [Theory, EveryEngine]
    public async Task Every_step_of_an_export_may_fail_and_leaves_room_for_another(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        settings.Exports.FailStep("Collecting", "Cancelled", async (tx, export) =>
        {
            await ExportStore.EraseAsync(tx, export.Subject);
            return export;
        });
        var failed = await settings.ExportAsync("1");
        await settings.PumpAsync();
        (await settings.SendAsync(HttpMethod.Get, failed.Address)).IsRefusal(404, "settings.export_unknown");
        settings.Exports.Around = null;
        Assert.Equal(HttpStatusCode.Accepted, (await settings.ExportAsync("2")).Status);
        await settings.PumpAsync();
    }

    [Theory, EveryEngine]
    public async Task Who_is_unknown_to_a_service_has_an_empty_part(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        var asked = await settings.ExportAsync();
        await settings.PumpAsync();
        Assert.Equal("{}", (await settings.SendAsync(HttpMethod.Get, asked.Address)).Body.GetProperty("document").GetProperty("cart").GetRawText());
    }

    [Theory, EveryEngine]
    public async Task Seven_days_later_an_export_is_gone(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        settings.People.Know("amal");
        var asked = await settings.ExportAsync();
        await settings.PumpAsync();
        settings.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        await settings.PumpAsync();
        Assert.Equal("done", (await settings.SendAsync(HttpMethod.Get, asked.Address)).State);
        settings.Clock.Advance(TimeSpan.FromSeconds(1));
        (await settings.SendAsync(HttpMethod.Get, asked.Address)).IsRefusal(404, "settings.export_unknown");
        await settings.PumpAsync();
        Assert.False(await settings.HoldsAsync("amal"));
    }

    [Theory, EveryEngine]
    public async Task Five_exports_are_kept_and_a_sixth_is_refused(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        for (var n = 0; n < Export.KeptMax; n++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await settings.ExportAsync("k" + n)).Status);
            await settings.PumpAsync();
        }
        (await settings.ExportAsync("one more")).IsRefusal(409, "settings.exports_full");
    }

    [Theory, EveryEngine]
    public async Task Every_step_of_an_export_may_be_repeated_and_the_process_killed_after_it(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        settings.People.Know("amal");
        var repeated = settings.Exports.RepeatEveryStep();
        var first = await settings.ExportAsync("1");
        await settings.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["Collecting"], repeated);
        Assert.Equal("done", (await settings.SendAsync(HttpMethod.Get, first.Address)).State);

        foreach (var kill in new[] { "step", "commit" })
        {
            if (kill == "step") settings.Exports.KillAfterStep("Collecting");
            else settings.Exports.KillAfterCommit("Done");
            var next = await settings.ExportAsync(kill);
            await settings.RestartAsync();
            await settings.PumpAsync();
            Assert.Equal(6, (await settings.SendAsync(HttpMethod.Get, next.Address)).Body.GetProperty("document").EnumerateObject().Count());
        }
    }

    [Fact]
    public async Task An_export_needs_a_key()
    {
        await using var settings = await SettingsUnderTest.StartAsync(Engine.Sqlite);
        (await settings.SendAsync(HttpMethod.Post, "/api/settings/me/exports", "{}")).IsRefusal(400, "request.idempotency_key_invalid");
    }
}
