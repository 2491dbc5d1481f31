using System.Net;

namespace Souk.Sandbox.Tests;

public sealed class FaultTests
{
    [Theory, EveryEngine]
    public async Task The_answer_that_never_comes_is_told_by_the_same_key_or_a_query(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        await HangsAsync(sandbox, gone => sandbox.AuthorizeAsync("a1", "pm_card_timeout_after", cancellation: gone), entries: 1);
        var asked = (await sandbox.GetAsync("/v1/authorizations?reference=a1")).Body.GetProperty("items")[0];
        Assert.Equal("authorized", asked.GetProperty("state").GetString());
        Assert.Equal(asked.GetRawText(), (await sandbox.AuthorizeAsync("a1", "pm_card_timeout_after")).Text);
        Assert.Single(await sandbox.LedgerAsync());
    }

    [Theory, EveryEngine]
    public async Task The_first_try_that_hangs_has_done_nothing_and_the_second_works(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        await HangsAsync(sandbox, gone => sandbox.AuthorizeAsync("a1", "pm_card_timeout_before", cancellation: gone), entries: 0);
        Assert.Empty((await sandbox.GetAsync("/v1/authorizations?reference=a1")).Body.GetProperty("items").EnumerateArray());
        await sandbox.Service.RestartAsync();
        Assert.Equal("authorized", (await sandbox.AuthorizeAsync("a1", "pm_card_timeout_before")).State);
    }

    [Theory]
    [InlineData("""{"timeoutBefore":1}""", 1), InlineData("""{"timeoutAfter":1}""", 2)]
    public async Task A_switch_makes_requests_hang_before_or_after_their_effect(string switches, int entries)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var id = (await sandbox.AuthorizeAsync("a1")).Id;
        await sandbox.TurnAsync(switches);
        await HangsAsync(sandbox, async gone => await sandbox.PostAsync($"/v1/authorizations/{id}/captures", "c1", """{"amount":5}""", gone), entries);
        await sandbox.TurnAsync("{}");
        Assert.Equal("captured", (await sandbox.CaptureAsync(id, "c1", 5)).State);
        Assert.Equal(2, (await sandbox.LedgerAsync()).Count);
    }

    [Theory, EveryEngine]
    public async Task A_provider_that_is_down_says_so_and_the_switches_survive_a_restart(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        await sandbox.AuthorizeAsync("a1");
        Assert.Equal(HttpStatusCode.OK, (await sandbox.TurnAsync("""{"isDown":true}""")).Status);
        await sandbox.Service.RestartAsync();
        (await sandbox.AuthorizeAsync("a2")).IsRefusal(503, "sandbox.down");
        var (page, html) = await sandbox.BrowseAsync("/pay");
        Assert.Equal(503, (int)page.StatusCode);
        Assert.Contains("Closed for a moment", html, StringComparison.Ordinal);
        Assert.False(await sandbox.PumpOnceAsync());
        Assert.True((await sandbox.GetAsync("/v1/switches")).Body.GetProperty("isDown").GetBoolean());

        await sandbox.TurnAsync("{}");
        Assert.Equal("authorized", (await sandbox.AuthorizeAsync("a2")).State);
        await sandbox.PumpAsync();
        Assert.Equal(2, sandbox.Shop.Received.Count);
    }

    [Fact]
    public async Task Latency_is_waited_for_on_the_providers_clock()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        await sandbox.TurnAsync("""{"latencyMs":700}""");
        var answer = sandbox.AuthorizeAsync("a1");
        await Eventually.HoldsAsync("the answer comes once the clock has moved on", () =>
        {
            sandbox.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return answer.IsCompleted;
        });
        Assert.True(sandbox.Clock.GetUtcNow() - sandbox.Clock.Start >= TimeSpan.FromMilliseconds(700));
        Assert.Equal("authorized", (await answer).State);
    }

    [Theory]
    [InlineData("""{"timeoutAfter":1.1}"""), InlineData("""{"webhookLost":-1}"""), InlineData("""{"latencyMs":-1}""")]
    public async Task A_switch_that_cannot_be_is_refused(string switches)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        (await sandbox.TurnAsync(switches)).IsRefusal(400, "sandbox.switches_invalid");
    }

    /// <summary>A request that gets no answer: it is given up as soon as the provider has done what it will do.</summary>
    static async Task HangsAsync(SandboxUnderTest sandbox, Func<CancellationToken, Task<Answer>> ask, int entries)
    {
        using var gone = new CancellationTokenSource();
        var answer = ask(gone.Token);
        if (entries > 0)
        {
            await Eventually.HoldsAsync("the money has moved", async () => await sandbox.Database.ReadAsync(
                session => session.LongAsync($"SELECT COUNT(*) FROM ledger")) == entries);
        }
        // Nothing moves in vain: a second request is answered while the first hangs.
        await sandbox.GetAsync("/v1/switches");
        Assert.False(answer.IsCompleted);
        if (entries == 0)
        {
            await Eventually.HoldsAsync("the first try is noted", async () => await sandbox.Database.ReadAsync(
                session => session.LongAsync($"SELECT COUNT(*) FROM left_hanging")) == 1);
        }
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }
}
