namespace Souk.Payment.Tests;

/// <summary>Our books and the provider's, both ways.</summary>
public sealed class ReconciliationTests
{
    [Theory, EveryEngine]
    public async Task The_provider_says_captured_and_we_crashed(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1");
        payment.Provider.FailNext(Fault.HangAfter);
        var capture = payment.CaptureAsync("o1");
        await Eventually.HoldsAsync("the provider has captured", () => payment.Provider.Ledger.Count == 2);
        await payment.GivesUpAsync(capture);
        // Nobody asks again: the process has just come up.
        await payment.Service.RestartAsync();
        await payment.SettleAsync();
        Assert.Equal("captured", await payment.StateAsync("o1"));
        Assert.Equal(["o1 1: captured"], await payment.ChangesAsync());
        await AllAgreesAsync(payment);
    }

    [Theory, EveryEngine]
    public async Task With_every_answer_lost_both_books_agree_in_the_end(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        foreach (var fault in new[] { Fault.ResetAfter, Fault.ErrorAfter, Fault.GarbledAfter })
        {
            payment.Provider.FailNext(fault);
            await payment.AuthorizeAsync($"auth-{fault}");
            payment.Provider.FailNext(Fault.None, fault);
            await payment.AuthorizeAsync($"void-{fault}");
            await payment.VoidAsync($"void-{fault}");
            await payment.SellAsync($"refund-{fault}");
            payment.Provider.FailNext(fault);
            await payment.RefundAsync($"refund-{fault}", "a", 700);
        }
        await payment.SettleAsync();
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM operation WHERE state IN ('asked', 'unknown')"));
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM payment WHERE state IN ('unknown', 'authorizing')"));
        await AllAgreesAsync(payment);
    }

    [Theory, EveryEngine]
    public async Task A_payment_that_succeeds_after_cancel_is_voided(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.HangBefore);
        await payment.UnansweredAsync(() => payment.AuthorizeAsync("o1"));
        Assert.Equal("voided", (await payment.VoidAsync("o1")).State);
        payment.Provider.Deliver();
        Assert.Single(payment.Provider.Ledger);

        await payment.SettleAsync();
        Assert.Equal("voided", (string)payment.Provider.Authorization("ord-o1-auth-1")["state"]!);
        Assert.Equal("voided", await payment.StateAsync("o1"));
        await AllAgreesAsync(payment);
    }

    [Theory, EveryEngine]
    public async Task A_late_success_told_by_webhook_is_voided_at_once(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.HangBefore);
        await payment.UnansweredAsync(() => payment.AuthorizeAsync("o1"));
        await payment.VoidAsync("o1");
        payment.Provider.Deliver();
        await payment.TellAsync(payment.Provider.Event("evt_1", "authorization.authorized", "ord-o1-auth-1"));
        Assert.Equal("voided", (string)payment.Provider.Authorization("ord-o1-auth-1")["state"]!);
        await payment.SettleAsync();
        await AllAgreesAsync(payment);
    }

    [Theory, EveryEngine]
    public async Task A_customer_who_approves_after_cancel_is_charged_nothing(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.ResetAfter);
        await payment.AuthorizeAsync("o1", card: "pm_card_3ds");
        payment.Provider.IsMute = true;
        Assert.Equal("unknown", (await payment.UnansweredAsync(() => payment.VoidAsync("o1"))).State);
        payment.Provider.IsMute = false;
        payment.Provider.Approve("ord-o1-auth-1");
        await payment.SettleAsync();
        Assert.Equal("voided", await payment.StateAsync("o1"));
        Assert.Equal(["authorize", "void"], payment.Provider.Ledger.Select(line => (string)line["kind"]!));
        await AllAgreesAsync(payment);
    }

    [Theory, EveryEngine]
    public async Task A_row_that_only_one_side_has_is_an_alarm(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        await payment.SettleAsync();
        await AllAgreesAsync(payment);

        payment.Provider.BookStray("someone-elses", "capture", "ord-o9-auth-1", 5);
        await payment.Database.WriteAsync(tx => tx.ExecuteAsync($"""
            INSERT INTO operation (key, order_id, kind, amount, currency, state, asked_at, settled_at, asks)
            VALUES ('ord-o1-ref-ghost', 'o1', 'refund', 7, 'EUR', 'done', 0, 0, 0)
            """));
        await payment.SettleAsync();
        var view = (await payment.ReconciliationAsync()).Body;
        Assert.Equal("someone-elses", view.GetProperty("providerOnly")[0].GetProperty("key").GetString());
        Assert.Equal("ord-o1-ref-ghost", view.GetProperty("oursOnly")[0].GetProperty("key").GetString());
        Assert.Equal(["ours_only", "provider_only"],
            view.GetProperty("alarms").EnumerateArray().Select(alarm => alarm.GetProperty("code").GetString()).Order(StringComparer.Ordinal));
    }

    [Theory, EveryEngine]
    public async Task A_refund_that_never_arrived_is_over_after_a_day(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        payment.Provider.IsDown = true;
        await payment.UnansweredAsync(() => payment.RefundAsync("o1", "a", 1999));
        payment.Provider.IsDown = false;
        payment.Clock.Advance(TimeSpan.FromHours(25));
        await payment.SettleAsync();
        (await payment.RefundAsync("o1", "a", 1999)).IsRefusal(409, "payment.refund_refused");
        Assert.Equal("refunded", (await payment.RefundAsync("o1", "b", 1999)).State);
        await payment.SettleAsync();
        await AllAgreesAsync(payment);
    }

    static async Task AllAgreesAsync(PaymentUnderTest payment)
    {
        await payment.BooksAgreeAsync();
        var view = (await payment.ReconciliationAsync()).Body;
        foreach (var list in new[] { "providerOnly", "oursOnly", "flagged", "alarms" }) Assert.Equal("[]", view.GetProperty(list).GetRawText());
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM operation WHERE state = 'done' AND amount > 0 AND is_matched = 0"));
        Assert.True(await payment.CountAsync($"SELECT COUNT(*) FROM provider_entry WHERE is_matched = 1") > 0);
    }
}
