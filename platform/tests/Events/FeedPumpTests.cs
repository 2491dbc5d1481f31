using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Platform.Tests.Events;

public sealed class FeedPumpTests
{
    readonly FakeFeed _notes = new("notes");
    readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory, EveryEngine]
    public async Task Each_event_has_its_effect_once_over_restarts(Engine engine)
    {
        await using var copies = await StartAsync(engine);
        for (var i = 0; i < 3; i++) _notes.Add("NotePut", "a", """{"text":"x"}""");
        await PumpAsync(copies);
        await copies.RestartAsync();
        _notes.Add("NotePut", "a", """{"text":"last"}""");
        await PumpAsync(copies);

        Assert.Equal([("a", "last", 4)], await copies.Database().AllAsync());
    }

    [Theory, EveryEngine]
    public async Task A_producer_that_is_down_loses_nothing(Engine engine)
    {
        await using var copies = await StartAsync(engine);
        _notes.Add("NotePut", "a", """{"text":"x"}""");
        _notes.Up = false;
        await Assert.ThrowsAsync<HttpRequestException>(() => Pump(copies).StepAsync(default));
        _notes.Up = true;
        await PumpAsync(copies);
        Assert.Single(await copies.Database().AllAsync());
    }

    [Theory, EveryEngine]
    public async Task Poison_is_tried_five_times_then_parked_and_only_its_aggregate_waits(Engine engine)
    {
        await using var copies = await StartAsync(engine);
        _notes.Add("NotePut", "a", """{"text":"poison"}""");
        _notes.Add("NotePut", "a", """{"text":"behind"}""");
        _notes.Add("NotePut", "b", """{"text":"fine"}""");
        for (var i = 0; i < 10; i++)
        {
            await PumpAsync(copies);
            _clock.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal([("b", "fine", 1)], await copies.Database().AllAsync());
        var waiting = await WaitingAsync(copies);
        Assert.Equal([(1L, 5L), (2L, 0L)], waiting);
    }

    [Theory, EveryEngine]
    public async Task What_waits_behind_a_hiccup_is_applied_in_order(Engine engine)
    {
        await using var copies = await StartAsync(engine);
        _notes.Add("NotePut", "a", "{}"); // no text yet: fails until the row is repaired below
        _notes.Add("NotePut", "a", """{"text":"second"}""");
        await PumpAsync(copies);
        Assert.Equal(2, (await WaitingAsync(copies)).Count);

        await copies.Database().WriteAsync(tx => tx.ExecuteAsync(
            $"UPDATE waiting_event SET event = REPLACE(event, {"\"data\":{}"}, {"\"data\":{\"text\":\"first\"}"})"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await PumpAsync(copies);

        Assert.Equal([("a", "second", 2)], await copies.Database().AllAsync());
        Assert.Empty(await WaitingAsync(copies));
    }

    [Theory, EveryEngine]
    public async Task Of_two_replicas_one_reads_and_the_other_takes_over_when_the_lease_runs_out(Engine engine)
    {
        await using var copies = await StartAsync(engine);
        _notes.Add("NotePut", "a", """{"text":"x"}""");
        await PumpAsync(copies);

        // A replica on the same database: a second pump with a holder of its own.
        await using var second = await TestService.StartAsync(CopyService.Build, setup: new ServiceSetup
        {
            Clock = _clock,
            Network = _notes.Network,
            RunPumps = false,
            Configuration = new Dictionary<string, string?>
            {
                ["ConnectionStrings:Database"] = copies.ConnectionString(),
                ["Souk:Instance"] = "copies-2",
            },
        });
        _notes.Add("NotePut", "a", """{"text":"y"}""");
        Assert.False(await Pump(second).StepAsync(default));
        Assert.Equal(1, (await copies.Database().AllAsync())[0].Version);

        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.True(await Pump(second).StepAsync(default));
        _notes.Add("NotePut", "a", """{"text":"z"}""");
        // The first still believes in its lease where clocks differ; the fence stops its write.
        await PumpAsync(copies);
        await PumpAsync(second);
        Assert.Equal(3, (await copies.Database().AllAsync())[0].Version);
    }

    Task<TestService> StartAsync(Engine engine) => TestService.StartAsync(CopyService.Build, engine, new ServiceSetup
    {
        Clock = _clock,
        Network = _notes.Network,
        RunPumps = false,
    });

    static IPump Pump(TestService service) => (IPump)service.App.Services.GetService(typeof(IPump))!;

    static async Task PumpAsync(TestService service)
    {
        while (await Pump(service).StepAsync(default))
        {
        }
    }

    static Task<List<(long, long)>> WaitingAsync(TestService service) => service.Database().ReadAsync(session =>
        session.QueryAsync($"SELECT position, attempts FROM waiting_event ORDER BY position",
            row => (row.Long(0), row.Long(1))));
}
