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
        Assert.Equal(["ordering", "shipping", "notifications", "cart", "login", "settings"], done.List("services").Select(one => one.GetProperty("service").GetString()));
        Assert.Equal("""{"service":"ordering","erased":[{"what":"orders","count":2}],"kept":[{"what":"amounts","why":"law","count":2}]}""",
            done.List("services")[0].GetRawText());
        string[] round = ["DELETE ordering amal", "POST shipping erase", "POST notifications erase", "DELETE cart amal", "DELETE login amal"];
        Assert.Equal([.. round, .. round], settings.People.Calls.Where(call => !call.StartsWith("GET", StringComparison.Ordinal) && !call.EndsWith("export", StringComparison.Ordinal)));
        Assert.True(settings.People.IsForgotten);
        Assert.False(await settings.HoldsAsync("amal"));
        Assert.DoesNotContain("amal", done.Raw);
    }

    [Theory, EveryEngine]
    public async Task A_service_that_says_no_before_anything_has_gone_ends_it(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.Refuses = "order.open_orders";
        var asked = await settings.EraseAsync();
        await settings.PassAsync(Minutes);
        var refused = await settings.ErasureAsync(asked.Address);
        Assert.Equal(("refused", "order.open_orders"), (refused.State, refused.Text("reason")));
        Assert.Equal(4, settings.People.Held.Count + settings.People.Orders.Count);
        Assert.False(await settings.Database.ReadAsync(async session => await session.LongAsync($"SELECT COUNT(*) FROM erasure WHERE orders IS NOT NULL") > 0));
        Assert.Equal("home:Berlin*", (await settings.GetAsync("/addresses")).Addresses);
        Assert.Equal(HttpStatusCode.OK, (await settings.PutAddressAsync("work")).Status);

        settings.People.Refuses = null;
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
        Assert.Equal(4, settings.People.Held.Count + settings.People.Orders.Count);
        settings.People.Down.Clear();
        settings.People.Down.Add("login");
        await settings.PassAsync(TimeSpan.FromHours(1), 20);
        var waiting = await settings.ErasureAsync(asked.Address);
        Assert.Equal(("under_way", 4), (waiting.State, waiting.List("services").Count));
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
            settings.People.Order("amal", "amal-3");
            settings.People.OnTheirWay.Add("amal-3");
        };
        var asked = await settings.EraseAsync();
        await settings.PassAsync(TimeSpan.FromHours(1), 20);
        Assert.Equal("under_way", (await settings.ErasureAsync(asked.Address)).State);
        settings.People.OnTheirWay.Clear();
        await settings.PassAsync(Minutes);
        Assert.Equal("erased", (await settings.ErasureAsync(asked.Address)).State);
        Assert.True(settings.People.IsForgotten);
    }

    [Theory, EveryEngine]
    public async Task Orders_on_their_way_are_waited_for_and_the_account_stays_until_they_have_come(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.OnTheirWay.Add("amal-2");
        var asked = await settings.EraseAsync();
        await settings.PassAsync(TimeSpan.FromDays(3), 30);
        var waiting = await settings.ErasureAsync(asked.Address);
        Assert.Equal(("under_way", """{"service":"ordering","erased":[{"what":"orders","count":1}],"kept":[{"what":"amounts","why":"law","count":1},{"what":"orders","why":"under_way","count":1}]}"""),
            (waiting.State, Assert.Single(waiting.List("services")).GetRawText()));
        Assert.Contains(("login", "amal"), settings.People.Held);
        Assert.Equal(["amal-2"], settings.People.Orders.Keys);

        settings.People.OnTheirWay.Clear();
        await settings.PassAsync(Minutes);
        var done = await settings.ErasureAsync(asked.Address);
        Assert.Equal("""[{"what":"amounts","why":"law","count":2}]""", done.List("services")[0].GetProperty("kept").GetRawText());
        Assert.True(settings.People.IsForgotten);
    }

    [Theory, EveryEngine]
    public async Task A_lost_answer_of_ordering_loses_no_order_for_shipping(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await KnownAsync(settings);
        settings.People.Deaf.Add("ordering");
        var asked = await settings.EraseAsync();
        await settings.PassAsync(Minutes);
        Assert.Empty(settings.People.Orders);
        settings.People.Deaf.Clear();
        await settings.PassAsync(Minutes);
        Assert.Equal("erased", (await settings.ErasureAsync(asked.Address)).State);
        Assert.True(settings.People.IsForgotten);
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
        Assert.True(settings.People.IsForgotten);
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
