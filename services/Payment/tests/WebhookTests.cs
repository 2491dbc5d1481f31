using System.Net;

namespace Souk.Payment.Tests;

/// <summary>What the provider tells by itself, and what others pretend that it told.</summary>
public sealed class WebhookTests
{
    [Theory, EveryEngine]
    public async Task A_webhook_that_comes_twice_has_its_effect_once(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1", card: "pm_card_3ds");
        payment.Provider.Approve("ord-o1-auth-1");
        var told = payment.Provider.Event("evt_1", "authorization.authorized", "ord-o1-auth-1");
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told)).Status);
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told)).Status);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => payment.TellAsync(told)));
        Assert.Equal("authorized", await payment.StateAsync("o1"));
        Assert.Equal(["o1 1: authorized"], await payment.ChangesAsync());
        Assert.Equal(1, await payment.CountAsync($"SELECT COUNT(*) FROM webhook"));
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task Webhooks_out_of_order_never_lower_a_state(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1", card: "pm_card_3ds");
        var wanted = payment.Provider.Event("evt_1", "authorization.requires_action", "ord-o1-auth-1");
        payment.Provider.Approve("ord-o1-auth-1");
        var authorized = payment.Provider.Event("evt_2", "authorization.authorized", "ord-o1-auth-1");
        Assert.Equal("authorized", (await payment.AuthorizeAsync("o1", card: "pm_card_3ds")).State);
        await payment.CaptureAsync("o1");
        var captured = payment.Provider.Event("evt_3", "authorization.captured", "ord-o1-auth-1");
        foreach (var told in new[] { captured, authorized, wanted }) Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told)).Status);
        await payment.SettleAsync();
        Assert.Equal("captured", await payment.StateAsync("o1"));
        Assert.Equal(3, await payment.CountAsync($"SELECT COUNT(*) FROM webhook WHERE state = 'done'"));
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_webhook_that_is_earlier_than_the_answer_waits_for_it(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.HangAfter);
        var asking = payment.AuthorizeAsync("o1");
        await Eventually.HoldsAsync("the provider has it", () => payment.Provider.Has("ord-o1-auth-1"));
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(payment.Provider.Event("evt_1", "authorization.authorized", "ord-o1-auth-1"))).Status);
        Assert.Equal("authorizing", await payment.StateAsync("o1"));
        Assert.Equal("unknown", (await payment.GivesUpAsync(asking)).State);
        // The answer never came: now the message is the one that tells.
        await payment.SettleAsync();
        Assert.Equal("authorized", await payment.StateAsync("o1"));
        Assert.Equal(["o1 1: authorized"], await payment.ChangesAsync());
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_webhook_of_an_order_not_yet_known_is_kept_and_processed_when_the_order_exists(Engine engine)
    {
        await using var elsewhere = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        await elsewhere.AuthorizeAsync("o1");
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(elsewhere.Provider.Event("evt_1", "authorization.authorized", "ord-o1-auth-1"))).Status);
        await payment.SettleAsync();
        Assert.Equal("unknown_order", (await payment.ReconciliationAsync()).Body.GetProperty("flagged")[0].GetProperty("flag").GetString());
        await payment.AuthorizeAsync("o1");
        await payment.SettleAsync(12);
        Assert.Equal(1, await payment.CountAsync($"SELECT COUNT(*) FROM webhook WHERE state = 'done' AND order_id = 'o1' AND flag IS NULL"));
    }

    [Theory, EveryEngine]
    public async Task An_unknown_order_or_another_sum_is_stored_and_flagged_and_changes_nothing(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1", card: "pm_card_3ds");
        payment.Provider.Approve("ord-o1-auth-1");
        var told = payment.Provider.Event("evt_1", "authorization.authorized", "ord-o1-auth-1");
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told.Replace("1999", "1", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told.Replace("EUR", "USD", StringComparison.Ordinal).Replace("evt_1", "evt_2", StringComparison.Ordinal))).Status);
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told.Replace("ord-o1", "ord-o9", StringComparison.Ordinal).Replace("evt_1", "evt_3", StringComparison.Ordinal))).Status);
        Assert.Equal("requires_customer", await payment.StateAsync("o1"));
        var flagged = (await payment.ReconciliationAsync()).Body.GetProperty("flagged").EnumerateArray()
            .Select(row => $"{row.GetProperty("eventId").GetString()} {row.GetProperty("flag").GetString()}");
        Assert.Equal(["evt_1 amount_differs", "evt_2 amount_differs", "evt_3 unknown_order"], flagged.Order(StringComparer.Ordinal));
        Assert.Equal(2, await payment.CountAsync($"SELECT COUNT(*) FROM alarm WHERE code = 'webhook_amount_differs'"));
    }

    [Theory, EveryEngine]
    public async Task What_the_provider_did_not_sign_is_refused_and_stored_nowhere(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1");
        var told = payment.Provider.Event("evt_1", "authorization.authorized", "ord-o1-auth-1");
        var now = payment.Clock.GetUtcNow();
        var right = FakeSandbox.Sign(told, now);
        string[] wrong =
        [
            "", "t=,v1=", "v1=" + right.Split("v1=")[1], right.Split(',')[0], right[..^1] + (right[^1] == '0' ? '1' : '0'),
            FakeSandbox.Sign(told, now, FakeSandbox.ApiSecret), FakeSandbox.Sign(told, now.AddSeconds(-301)), FakeSandbox.Sign(told, now.AddSeconds(301)),
            right.Replace("t=", "t=1", StringComparison.Ordinal), right.Replace("v1=", "v0=", StringComparison.Ordinal), new string('x', 5000),
        ];
        foreach (var signature in wrong) (await payment.TellAsync(told, signature)).IsRefusal(400, "payment.webhook_invalid");
        (await payment.TellAsync(told.Replace("1999", "1998", StringComparison.Ordinal), right)).IsRefusal(400, "payment.webhook_invalid");
        // The same content, written anew, is another message.
        (await payment.TellAsync(told.Replace("\":", "\": ", StringComparison.Ordinal), right)).IsRefusal(400, "payment.webhook_invalid");
        (await payment.TellAsync("{")).IsRefusal(400, "payment.webhook_invalid");
        (await payment.TellAsync("""{"id":"evt_1"}""")).IsRefusal(400, "payment.webhook_invalid");
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM webhook"));

        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told, FakeSandbox.Sign(told, now.AddSeconds(-300)))).Status);
        // While a secret is changed there are two signatures, the right one second.
        Assert.Equal(HttpStatusCode.OK, (await payment.TellAsync(told, right.Replace(",v1", ",v1=00,v1", StringComparison.Ordinal))).Status);
        Assert.Equal(1, await payment.CountAsync($"SELECT COUNT(*) FROM webhook"));
    }

    [Fact]
    public async Task A_message_from_another_provider_or_too_large_is_refused()
    {
        await using var payment = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        using var other = await payment.Service.Http.PostAsync("/api/payment/webhooks/stripe", new StringContent("{}"));
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
        (await payment.TellAsync(new string(' ', 300_000))).IsRefusal(400, "payment.webhook_invalid");
        using var unnamed = await payment.Service.Anonymous().PostAsync("/api/payment/webhooks/sandbox", new StringContent("{}"));
        Assert.Equal(HttpStatusCode.Unauthorized, unnamed.StatusCode);
    }
}
