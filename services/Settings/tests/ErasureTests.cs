using System.Net;

namespace Souk.Settings.Tests;

public sealed class ErasureTests
{
    static readonly TimeSpan Minutes = TimeSpan.FromMinutes(2);

    [Theory, EveryEngine]
    public async Task A_person_is_forgotten_everywhere_and_here_last(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        await settings.ExportAsync("export");
        await settings.PumpAsync();
        settings.People.Before = call => Assert.True(settings.HoldsAsync("amal").Wait(TimeSpan.FromSeconds(10)));
        var asked = await settings.EraseAsync();
        Assert.Equal((HttpStatusCode.Accepted, "under_way"), (asked.Status, asked.State));
        await settings.PassAsync(Minutes);

        var done = await settings.ErasureAsync(asked.Address);
        Assert.Equal("erased", done.State);
        Assert.Equal(["ordering", "cart", "login", "settings"], done.List("services").Select(one => one.GetProperty("service").GetString()));
        Assert.Equal("tax law", done.List("services")[0].GetProperty("kept")[0].GetProperty("why").GetString());
        string[] round = ["DELETE ordering amal", "DELETE cart amal", "DELETE login amal"];
        Assert.Equal([.. round, .. round], settings.People.Calls.Where(call => call.StartsWith("DELETE", StringComparison.Ordinal)));
        Assert.Empty(settings.People.Held);
        Assert.False(await settings.HoldsAsync("amal"));
        Assert.DoesNotContain("amal", done.Raw);
    }

    [Theory, EveryEngine]
    public async Task Open_orders_refuse_an_erasure_and_leave_everything_as_it_was(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.OpenOrders = "order.open_orders";
        var asked = await settings.EraseAsync();
        await settings.PassAsync(Minutes);
        var refused = await settings.ErasureAsync(asked.Address);
        Assert.Equal(("refused", "order.open_orders"), (refused.State, refused.Text("reason")));
        Assert.Equal(3, settings.People.Held.Count);
        Assert.Equal("home:Berlin*", (await settings.GetAsync("/addresses")).Addresses);
        Assert.Equal(HttpStatusCode.OK, (await settings.PutAddressAsync("work")).Status);

        // Once the orders have come it is asked for again.
        settings.People.OpenOrders = null;
        var again = await settings.EraseAsync("again");
        await settings.PassAsync(Minutes);
        Assert.Equal("erased", (await settings.ErasureAsync(again.Address)).State);
        Assert.False(await settings.HoldsAsync("amal"));
    }

    [Theory, EveryEngine]
    public async Task While_somebody_is_forgotten_and_after_nothing_of_theirs_is_kept_anew(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.Down.Add("cart");
        var asked = await settings.EraseAsync();
        await settings.PumpAsync();
        await AreRefusedAsync();
        settings.People.Down.Clear();
        await settings.PassAsync(Minutes);
        Assert.Equal("erased", (await settings.ErasureAsync(asked.Address)).State);
        await AreRefusedAsync(); // by a token that lives on, in a store that has not heard of its end
        Assert.False(await settings.HoldsAsync("amal"));

        async Task AreRefusedAsync()
        {
            foreach (var refused in new[] { await settings.PutAddressAsync("new"), await settings.PutAsync("", new { displayName = "A" }),
                await settings.ConsentAsync("analytics", true), await settings.ExportAsync("x"), await settings.EraseAsync("x") })
            {
                refused.IsRefusal(409, "settings.erasure_under_way");
                Assert.Equal(asked.Address, refused.Text("erasure"));
            }
        }
    }

    [Theory, EveryEngine]
    public async Task A_service_that_is_down_is_asked_until_it_has_forgotten(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.Down.Add("ordering");
        var asked = await settings.EraseAsync();
        await settings.PassAsync(TimeSpan.FromHours(1), 20);
        Assert.Equal(3, settings.People.Held.Count);
        settings.People.Down.Clear();
        settings.People.Down.Add("login");
        await settings.PassAsync(TimeSpan.FromHours(1), 20);
        var waiting = await settings.ErasureAsync(asked.Address);
        Assert.Equal(("under_way", 2), (waiting.State, waiting.List("services").Count));
        Assert.Equal([("login", "amal")], settings.People.Held);
        await settings.RestartAsync();
        settings.People.Down.Clear();
        settings.People.Deaf.Add("login");
        await settings.PassAsync(Minutes);
        settings.People.Deaf.Clear();
        await settings.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("erased", (await settings.ErasureAsync(asked.Address)).State);
    }

    [Theory, EveryEngine]
    public async Task What_a_dying_token_made_anew_goes_in_the_second_round(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.Before = call =>
        {
            // After Cart has forgotten, and before the tokens are dead, another tab fills a cart and orders.
            if (call != "DELETE login amal" || !settings.People.Held.Contains(("login", "amal"))) return;
            settings.People.Held.Add(("cart", "amal"));
            settings.People.Held.Add(("ordering", "amal"));
            settings.People.OpenOrders = "order.open_orders";
        };
        var asked = await settings.EraseAsync();
        await settings.PassAsync(TimeSpan.FromHours(1), 20);
        Assert.Equal("under_way", (await settings.ErasureAsync(asked.Address)).State);
        settings.People.OpenOrders = null; // the order has come
        await settings.PassAsync(Minutes);
        Assert.Equal("erased", (await settings.ErasureAsync(asked.Address)).State);
        Assert.Empty(settings.People.Held);
    }

    [Theory, EveryEngine]
    public async Task An_export_under_way_ends_with_its_person(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.Without.Add("cart");
        var export = await settings.ExportAsync("export");
        await settings.PumpAsync();
        await settings.EraseAsync();
        await settings.PumpAsync();
        settings.People.Without.Clear();
        settings.People.Down.Add("cart");
        await settings.PassAsync(Minutes);
        settings.People.Down.Clear();
        await settings.PassAsync(TimeSpan.FromMinutes(10));
        Assert.False(await settings.HoldsAsync("amal"));
        (await settings.SendAsync(HttpMethod.Get, export.Address)).IsRefusal(404, "settings.export_unknown");
        var id = export.Text("id")!;
        Assert.Contains((await settings.Database.ReadAsync(session => settings.Exports.FindAsync(session, id)))!.State, new[] { "Done", "Cancelled" });
    }

    [Theory, EveryEngine]
    public async Task Every_step_of_an_erasure_may_be_repeated_and_the_process_killed_after_it(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        var repeated = settings.Erasures.RepeatEveryStep();
        var first = await settings.EraseAsync();
        await settings.PassAsync(Minutes);
        Assert.Equal(["Erasing", "Requested", "Sweeping"], repeated.Order());
        Assert.Equal("erased", (await settings.ErasureAsync(first.Address)).State);

        foreach (var step in new[] { "Requested", "Erasing", "Sweeping" })
        {
            await KnownAsync(settings, step);
            settings.Erasures.KillAfterStep(step);
            var next = await settings.EraseAsync("k", step);
            await settings.PumpAsync();
            await settings.RestartAsync();
            await settings.PassAsync(Minutes);
            Assert.Equal("erased", (await settings.ErasureAsync(next.Address)).State);
            Assert.False(await settings.HoldsAsync(step));
        }
        Assert.Empty(settings.People.Held);
    }

    [Theory, EveryEngine]
    public async Task The_one_step_that_may_fail_is_unwound_to_a_refusal(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        var moves = settings.Erasures.Plan.Moves;
        Assert.Equal(["Requested"], moves.Where(move => move.Value.Contains("Refused")).Select(move => move.Key));
        settings.Erasures.FailStep("Requested", "Refused",
            (tx, erasure) => ErasureStore.RefuseAsync(tx, erasure, "it failed", settings.Clock.GetUtcNow()));
        var asked = await settings.EraseAsync();
        await settings.PassAsync(Minutes);
        var end = await settings.ErasureAsync(asked.Address);
        Assert.Equal(("refused", "it failed"), (end.State, end.Text("reason")));
        Assert.Equal("home:Berlin*", (await settings.GetAsync("/addresses")).Addresses);
        Assert.Equal(HttpStatusCode.OK, (await settings.RemoveAsync("home")).Status);
    }

    [Theory, EveryEngine]
    public async Task An_erasure_is_confirmed_and_repeated_is_the_same(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        foreach (var body in new[] { "{}", """{"confirm":true}""", """{"confirm":"yes"}""", """{"confirm":"ERASE"}""" })
        {
            var refused = await settings.SendAsync(HttpMethod.Post, "/api/settings/me/erasure", body, key: "k");
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        }
        Assert.Empty(settings.People.Calls);
        var first = await settings.EraseAsync();
        Assert.Equal(first.Raw, (await settings.EraseAsync()).Raw);
        await settings.PassAsync(Minutes);
        (await settings.ErasureAsync("/api/settings/erasures/nothing")).IsRefusal(404, "settings.erasure_unknown");
    }

    static async Task KnownAsync(SettingsUnderTest settings, string who = "amal")
    {
        settings.People.Know(who);
        await settings.PutAddressAsync("home", who: who);
        await settings.ConsentAsync("marketing", true, who: who);
    }
}
