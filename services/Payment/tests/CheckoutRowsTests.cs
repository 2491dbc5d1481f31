using System.Net;

namespace Souk.Payment.Tests;

/// <summary>The rows of the checkout's "What happens when …" that concern Payment: one test a row and more.</summary>
public sealed class CheckoutRowsTests
{
    [Theory, EveryEngine]
    public async Task A_payment_that_times_out_is_unknown_and_never_declined(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.HangAfter);
        Assert.Equal("unknown", (await payment.UnansweredAsync(() => payment.AuthorizeAsync("o1"))).State);
        Assert.Equal("unknown", await payment.StateAsync("o1"));

        // Asked again, it is the same asking: the money is held once.
        Assert.Equal("authorized", (await payment.AuthorizeAsync("o1")).State);
        Assert.Equal("authorized", (await payment.AuthorizeAsync("o1")).State);
        Assert.All(payment.Provider.Calls, call => Assert.Equal("/v1/authorizations ord-o1-auth-1", call));
        Assert.Single(payment.Provider.Ledger);
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task Whatever_breaks_on_the_way_is_unknown_until_the_provider_has_said(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        Fault[] faults = [Fault.ResetBefore, Fault.ResetAfter, Fault.ErrorBefore, Fault.ErrorAfter, Fault.GarbledAfter];
        foreach (var fault in faults)
        {
            payment.Provider.FailNext(fault, fault, Fault.None, fault);
            Assert.Equal("unknown", (await payment.AuthorizeAsync($"{fault}")).State);
            Assert.Equal("unknown", (await payment.AuthorizeAsync($"{fault}")).State);
            Assert.Equal("authorized", (await payment.AuthorizeAsync($"{fault}")).State);
            Assert.Equal("unknown", (await payment.CaptureAsync($"{fault}")).State);
            Assert.Equal("captured", (await payment.CaptureAsync($"{fault}")).State);
            payment.Provider.FailNext(fault);
            Assert.Equal("unknown", (await payment.RefundAsync($"{fault}", "r1", 500)).State);
            Assert.Equal("refunded", (await payment.RefundAsync($"{fault}", "r1", 500)).State);
            payment.Provider.FailNext(Fault.None, fault);
            Assert.Equal("authorized", (await payment.AuthorizeAsync($"{fault}-v")).State);
            Assert.Equal("unknown", (await payment.VoidAsync($"{fault}-v")).State);
            Assert.Equal("voided", (await payment.VoidAsync($"{fault}-v")).State);
        }
        Assert.Equal(5 * faults.Length, payment.Provider.Ledger.Count);
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task After_a_day_an_unknown_payment_is_asked_about_and_never_sent_again(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.ResetBefore);
        Assert.Equal("unknown", (await payment.AuthorizeAsync("o1")).State);
        payment.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal("unknown", (await payment.AuthorizeAsync("o1")).State);
        Assert.Single(payment.Provider.Calls);
        Assert.Equal(["/v1/authorizations?reference=ord-o1-auth-1"], payment.Provider.Questions);
    }

    [Theory, EveryEngine]
    public async Task A_definite_decline_may_be_followed_by_another_card_three_at_most(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        (await payment.AuthorizeAsync("o1", 2)).IsRefusal(409, "payment.attempt_invalid");
        var declined = await payment.AuthorizeAsync("o1", 1, card: "pm_card_declined");
        Assert.Equal(("declined", "card_declined"), (declined.State, declined.Text("reason")));
        (await payment.AuthorizeAsync("o1", 3)).IsRefusal(409, "payment.attempt_invalid");
        Assert.Equal("insufficient", (await payment.AuthorizeAsync("o1", 2, card: "pm_card_insufficient_funds")).Text("reason")![5..17]);
        Assert.Equal("authorized", (await payment.AuthorizeAsync("o1", 3)).State);
        Assert.Equal("declined", (await payment.AuthorizeAsync("o1", 1, card: "pm_card_declined")).State);
        (await payment.AuthorizeAsync("o1", 4)).IsRefusal(409, "payment.attempt_invalid");
        Assert.Equal("captured", (await payment.CaptureAsync("o1")).State);
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_provider_that_wants_the_customer_is_asked_what_the_customer_said(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        foreach (var (order, isApproved) in new[] { ("yes", true), ("no", false) })
        {
            var asked = await payment.AuthorizeAsync(order, card: "pm_card_3ds");
            Assert.Equal("requires_customer", asked.State);
            Assert.StartsWith("http://localhost:8082/3ds/auth_", asked.Text("nextActionUrl"), StringComparison.Ordinal);
            Assert.Equal("requires_customer", (await payment.AuthorizeAsync(order, card: "pm_card_3ds")).State);
            payment.Provider.Approve($"ord-{order}-auth-1", isApproved);
            var answered = await payment.AuthorizeAsync(order, card: "pm_card_3ds");
            Assert.Equal(isApproved ? "authorized" : "declined", answered.State);
            Assert.Null(answered.Text("nextActionUrl"));
        }
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_cancelled_payment_that_wanted_the_customer_is_called_off_at_the_provider(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1", card: "pm_card_3ds");
        Assert.Equal("voided", (await payment.VoidAsync("o1")).State);
        Assert.Equal("voided", (string)payment.Provider.Authorization("ord-o1-auth-1")["state"]!);
        (await payment.AuthorizeAsync("o1", card: "pm_card_3ds")).IsRefusal(409, "payment.voided");
        await payment.SettleAsync();
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task Cancel_while_unknown_first_finds_out_then_voids(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.ResetAfter);
        Assert.Equal("unknown", (await payment.AuthorizeAsync("held")).State);
        payment.Provider.FailNext(Fault.ResetBefore);
        Assert.Equal("unknown", (await payment.AuthorizeAsync("lost")).State);

        Assert.Equal("voided", (await payment.VoidAsync("held")).State);
        Assert.Equal("voided", (await payment.VoidAsync("lost")).State);
        Assert.Equal("voided", (await payment.VoidAsync("held")).State);
        Assert.Equal(["authorize", "void"], payment.Provider.Ledger.Select(line => (string)line["kind"]!));
        await payment.BooksAgreeAsync();
    }

    /// <summary>Found by the simulation (seed 45 with every fault): the void was asked for anew, and stood in our book alone.</summary>
    [Theory, EveryEngine]
    public async Task Cancelled_after_a_yes_to_the_bank_of_which_we_had_not_heard_the_books_agree(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        Assert.Equal("requires_customer", (await payment.AuthorizeAsync("o1", card: "pm_card_3ds")).State);
        payment.Provider.Approve("ord-o1-auth-1");
        Assert.Equal("voided", (await payment.VoidAsync("o1")).State);
        await payment.SettleAsync();
        Assert.Equal(["authorize", "void"], payment.Provider.Ledger.Select(line => (string)line["kind"]!));
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task While_nobody_knows_a_cancelled_payment_stays_unknown_and_is_voided_by_itself_later(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.ResetAfter);
        await payment.AuthorizeAsync("o1");
        payment.Provider.IsMute = true;
        Assert.Equal("unknown", (await payment.UnansweredAsync(() => payment.VoidAsync("o1"))).State);
        (await payment.AuthorizeAsync("o1")).IsRefusal(409, "payment.voided");
        payment.Provider.IsMute = false;

        await payment.SettleAsync();
        Assert.Equal("voided", await payment.StateAsync("o1"));
        Assert.Equal(["o1 1: voided"], await payment.ChangesAsync());
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task What_was_never_authorised_is_voided_for_ever(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        Assert.Equal("voided", (await payment.VoidAsync("o1")).State);
        Assert.Equal("voided", (await payment.VoidAsync("o1")).State);
        (await payment.AuthorizeAsync("o1")).IsRefusal(409, "payment.voided");
        Assert.Empty(payment.Provider.Calls);
    }

    [Theory, EveryEngine]
    public async Task A_captured_payment_cannot_be_voided(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        (await payment.VoidAsync("o1")).IsRefusal(409, "payment.captured");

        payment.Provider.FailNext(Fault.None, Fault.ResetAfter);
        await payment.AuthorizeAsync("o2");
        Assert.Equal("unknown", (await payment.CaptureAsync("o2")).State);
        (await payment.VoidAsync("o2")).IsRefusal(409, "payment.captured");
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_refund_that_partly_fails_gives_back_what_it_could_and_never_more_than_was_taken(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1", 1000);
        Assert.Equal("refunded", (await payment.RefundAsync("o1", "a", 300)).State);
        payment.Provider.FailNext(Fault.ResetBefore);
        Assert.Equal("unknown", (await payment.RefundAsync("o1", "b", 300)).State);
        // What is under way counts.
        (await payment.RefundAsync("o1", "c", 401)).IsRefusal(409, "payment.refund_too_much");
        Assert.Equal("refunded", (await payment.RefundAsync("o1", "c", 400)).State);
        Assert.Equal("refunded", (await payment.RefundAsync("o1", "b", 300)).State);
        (await payment.RefundAsync("o1", "b", 299)).IsRefusal(422, "payment.refund.changed");
        (await payment.RefundAsync("o1", "d", 1)).IsRefusal(409, "payment.refund_too_much");
        Assert.Equal(1000, (await payment.ReadAsync("o1")).Body.GetProperty("refunded").GetInt64());
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_definite_no_stays_one_and_moves_nothing(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1");
        (await payment.CaptureAsync("o1", 2000)).IsRefusal(409, "payment.capture_refused");
        payment.Provider.Authorization("ord-o1-auth-1")["state"] = "expired";
        (await payment.CaptureAsync("o1")).IsRefusal(409, "payment.capture_refused");
        (await payment.CaptureAsync("o1")).IsRefusal(409, "payment.capture_refused");
        (await payment.CaptureAsync("o1", 1)).IsRefusal(422, "payment.capture.changed");
        (await payment.RefundAsync("o1", "a", 1)).IsRefusal(409, "payment.refund_refused");
        (await payment.CaptureAsync("none")).IsRefusal(404, "payment.payment_unknown");
        Assert.Equal(0, (await payment.ReadAsync("o1")).Body.GetProperty("captured").GetInt64());

        await payment.SellAsync("o2");
        payment.Provider.Authorization("ord-o2-auth-1")["state"] = "expired";
        (await payment.RefundAsync("o2", "a", 1)).IsRefusal(409, "payment.refund_refused");
        (await payment.RefundAsync("o2", "a", 1)).IsRefusal(409, "payment.refund_refused");
    }

    [Theory, EveryEngine]
    public async Task The_same_question_asked_many_times_at_once_moves_money_once(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        async Task<IEnumerable<string?>> AllAsync(Func<Task<Reply>> ask) =>
            (await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ask()))).Select(answer => answer.State).Distinct();
        Assert.Equal(["authorized"], await AllAsync(() => payment.AuthorizeAsync("o1")));
        Assert.Equal(["captured"], await AllAsync(() => payment.CaptureAsync("o1")));
        Assert.Equal(["refunded"], await AllAsync(() => payment.RefundAsync("o1", "a", 999)));
        Assert.Equal(3, payment.Provider.Ledger.Count);
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task After_a_restart_every_answer_is_the_same(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        await payment.AuthorizeAsync("o2", card: "pm_card_declined");
        var calls = payment.Provider.Calls.Count;
        await payment.Service.RestartAsync();
        Assert.Equal("authorized", (await payment.AuthorizeAsync("o1")).State);
        Assert.Equal("captured", (await payment.CaptureAsync("o1")).State);
        Assert.Equal("declined", (await payment.AuthorizeAsync("o2", card: "pm_card_declined")).State);
        (await payment.AuthorizeAsync("o1", amount: 1)).IsRefusal(422, "payment.authorization.changed");
        (await payment.AuthorizeAsync("o1", card: "pm_other")).IsRefusal(422, "payment.authorization.changed");
        Assert.Equal(calls, payment.Provider.Calls.Count);
    }

    [Theory, EveryEngine]
    public async Task An_order_that_waited_for_its_own_answer_is_not_told_it_again(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        await payment.RefundAsync("o1", "a", 1999);
        Assert.Empty(await payment.ChangesAsync());
    }

    [Fact]
    public async Task A_card_number_is_neither_kept_nor_sent()
    {
        await using var payment = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        const string Number = "4242424242424242";
        var answer = await payment.AuthorizeAsync("o1", card: Number);
        Assert.Equal(("declined", "payment_method_invalid"), (answer.State, answer.Text("reason")));
        Assert.Equal("declined", (await payment.AuthorizeAsync("o1", card: "4242 4242 4242 4242")).State);
        Assert.Empty(payment.Provider.Calls);
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM authorization_attempt WHERE payment_method <> ''"));
        Assert.Equal("authorized", (await payment.AuthorizeAsync("o1", 2)).State);
    }

    [Fact]
    public async Task Only_ordering_moves_money_and_only_the_storefront_asks_for_the_page()
    {
        await using var payment = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        string[] puts = ["o/authorizations/1", "o/capture", "o/void", "o/refunds/a"];
        foreach (var caller in new[] { "gateway", "storefront", "catalog", "souk", "console" })
        {
            foreach (var path in puts)
            {
                var answer = await payment.Service.As(caller).PutAsync("/internal/payments/" + path, new StringContent("{}", null, "application/json"));
                Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            }
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await payment.Service.Anonymous().PutAsync("/internal/payments/o/void", null)).StatusCode);
    }
}
