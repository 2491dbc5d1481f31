using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Souk.Sandbox.Tests;

public sealed class WebhookTests
{
    [Theory, EveryEngine]
    public async Task What_happened_is_told_once_in_order_and_signed(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        var id = (await sandbox.AuthorizeAsync("a1")).Id;
        var taken = await sandbox.CaptureAsync(id, "c1");
        await sandbox.CaptureAsync(id, "c1");
        await sandbox.CaptureAsync(id, "c2");
        await sandbox.RefundAsync(id, "r1", 1);
        await sandbox.AuthorizeAsync("a2", "pm_card_declined");
        await sandbox.PumpAsync();

        Assert.Equal(["authorized", "captured", "declined", "refunded"], sandbox.Shop.Types.Order());
        var (signature, body) = sandbox.Shop.Received.First(webhook => webhook.Body.Contains("authorization.captured", StringComparison.Ordinal));
        var told = JsonDocument.Parse(body).RootElement;
        Assert.StartsWith("evt_", told.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal(taken.Text, told.GetProperty("data").GetRawText());
        var time = sandbox.Clock.GetUtcNow().ToUnixTimeSeconds();
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(SandboxUnderTest.WebhookSecret), Encoding.UTF8.GetBytes($"{time}.{body}"));
        Assert.Equal($"t={time},v1={Convert.ToHexStringLower(mac)}", signature);
    }

    [Theory, EveryEngine]
    public async Task A_shop_that_does_not_take_it_is_told_again_later_with_a_new_signature(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        sandbox.Shop.Answers = HttpStatusCode.ServiceUnavailable;
        await sandbox.AuthorizeAsync("a1");
        await sandbox.PumpAsync();
        Assert.Single(sandbox.Shop.Received);
        await sandbox.Service.RestartAsync();
        sandbox.Clock.Advance(TimeSpan.FromSeconds(1));
        await sandbox.PumpAsync();
        Assert.Equal(2, sandbox.Shop.Received.Count);

        sandbox.Shop.Answers = HttpStatusCode.OK;
        sandbox.Clock.Advance(TimeSpan.FromSeconds(2));
        await sandbox.PumpAsync();
        sandbox.Clock.Advance(TimeSpan.FromHours(1));
        await sandbox.PumpAsync();
        Assert.Equal(3, sandbox.Shop.Received.Count);
        Assert.Single(sandbox.Shop.Received.Select(webhook => webhook.Body).Distinct());
        Assert.Equal(3, sandbox.Shop.Received.Select(webhook => webhook.Signature).Distinct().Count());
    }

    [Fact]
    public async Task After_a_day_it_gives_up()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        sandbox.Shop.Answers = HttpStatusCode.NotFound;
        await sandbox.AuthorizeAsync("a1");
        sandbox.Clock.Advance(TimeSpan.FromDays(1));
        await sandbox.PumpAsync();
        sandbox.Clock.Advance(TimeSpan.FromDays(1));
        await sandbox.PumpAsync();
        Assert.Single(sandbox.Shop.Received);
    }

    [Theory]
    [InlineData("""{"webhookLost":1}""", 0, 0), InlineData("""{"webhookDuplicate":1}""", 2, 2)]
    [InlineData("""{"webhookLate":1,"webhookLateMs":60000}""", 0, 1), InlineData("""{"webhookReorder":1}""", 0, 1)]
    public async Task A_switch_loses_doubles_or_delays_it(string switches, int atOnce, int later)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        await sandbox.TurnAsync(switches);
        await sandbox.AuthorizeAsync("a1");
        await sandbox.PumpAsync();
        Assert.Equal(atOnce, sandbox.Shop.Received.Count);
        sandbox.Clock.Advance(TimeSpan.FromMinutes(1));
        await sandbox.PumpAsync();
        Assert.Equal(later, sandbox.Shop.Received.Count);
    }

    [Fact]
    public async Task One_that_is_held_back_is_overtaken()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        await sandbox.TurnAsync("""{"webhookReorder":0.6}""");
        var id = (await sandbox.AuthorizeAsync("a1")).Id;
        sandbox.Dice.Next = 0.9;
        await sandbox.CaptureAsync(id, "c1");
        await sandbox.PumpAsync();
        sandbox.Clock.Advance(TimeSpan.FromSeconds(3));
        await sandbox.PumpAsync();
        Assert.Equal(["captured", "authorized"], sandbox.Shop.Types);
    }
}
