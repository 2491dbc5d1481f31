using CsCheck;

namespace Souk.Payment.Tests;

/// <summary>The rules, without a host: whatever is answered in whatever order, the sums hold.</summary>
public sealed class PaymentModelTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly Money Agreed = new(1000, "EUR");

    [Fact]
    public void Whatever_is_asked_and_answered_in_whatever_order_the_sums_hold_and_the_books_balance()
    {
        Check.Sample(Gen.Int[0, 13].Array[0, 40], steps =>
        {
            Payment? payment = null;
            var booked = new HashSet<string>();
            var accounts = new Dictionary<string, long>();
            var now = Now;
            foreach (var step in steps)
            {
                now += TimeSpan.FromSeconds(1);
                var before = payment;
                payment = Step(payment, step, now) ?? payment;
                if (payment is null) continue;
                foreach (var entry in Ledger.Book(before, payment).GroupBy(line => line.Key))
                {
                    // In double entry, and once.
                    Assert.Equal(0, entry.Sum(line => line.Amount.Amount));
                    Assert.True(entry.Count() >= 2 && booked.Add(entry.Key));
                    foreach (var line in entry) accounts[line.Account] = accounts.GetValueOrDefault(line.Account) + line.Amount.Amount;
                }
                SameBalances(payment, accounts);
                Assert.True(0 <= payment.Refunded && payment.Refunded <= payment.Captured && payment.Captured <= payment.Amount.Amount);
                Assert.True(payment.Operations.Count(operation => operation is { Kind: Kind.Capture, State: OperationState.Done }) <= 1);
                Assert.True(payment.Operations.Select(operation => operation.Key).Distinct().Count() == payment.Operations.Count);
                // Silence is never a decline: a decline has an answer behind it.
                if (payment.State == PaymentState.Declined) Assert.False(payment.Find(Keys.Authorize("o", payment.Attempt))!.IsOpen);
                // What is voided and at rest holds nothing, but where the provider would not let go.
                if (payment.State == PaymentState.Voided && !payment.Open.Any()
                    && !payment.Operations.Any(operation => operation is { Kind: Kind.Void, State: OperationState.Refused }))
                {
                    Assert.Equal(0, accounts.GetValueOrDefault(Account.Authorized));
                }
                // A settled payment stays settled.
                if (before?.State is PaymentState.Captured) Assert.Equal(before.State, payment.State);
                // But for money that was taken after a no: it goes back.
                if (before?.State is PaymentState.Voided && payment.State != PaymentState.Voided)
                {
                    Assert.Equal((PaymentState.Captured, true), (payment.State, payment.Find("ord-o-ref-late") is { IsOpen: true }));
                }
            }
        }, iter: 5000);
    }

    /// <summary>The balances as a model has them, which adds up what was done and knows of no double entry.</summary>
    static void SameBalances(Payment payment, Dictionary<string, long> accounts)
    {
        long Done(string kind) => payment.Operations.Where(operation => operation.Kind == kind && operation.State == OperationState.Done)
            .Sum(operation => operation.Amount.Amount);
        // A capture ends its authorisation, also where it takes less.
        var ready = Done(Kind.Authorize) - Done(Kind.Void) - (Done(Kind.Capture) > 0 ? Agreed.Amount : 0);
        Assert.Equal(
            (ready, -ready - Done(Kind.Capture), payment.Captured - payment.Refunded, payment.Refunded),
            (accounts.GetValueOrDefault(Account.Authorized), accounts.GetValueOrDefault(Account.Customers),
                accounts.GetValueOrDefault(Account.ProviderClearing), accounts.GetValueOrDefault(Account.Refunds)));
    }

    [Fact]
    public void Once_a_payment_is_voided_every_success_is_given_up_again()
    {
        var payment = Payment.Authorize(null, "o", 1, Agreed, Now, TimeSpan.Zero).Payment!;
        payment = Payment.Void(payment, "o", Now).Payment!;
        payment = payment.Settle("ord-o-auth-1", new Answer(Outcome.NotThere), Now).After;
        Assert.Equal(PaymentState.Voided, payment.State);
        payment = payment.Settle("ord-o-auth-1", new Answer(Outcome.Done, "a1"), Now).After;
        var given = Assert.Single(payment.Open);
        Assert.Equal(("ord-o-void-1", "a1", 1000), (given.Key, given.ProviderId, given.Amount.Amount));
        payment = payment.Settle(given.Key, new Answer(Outcome.Done, "a1"), Now).After;
        Assert.Equal(PaymentState.Voided, payment.State);
        Assert.Empty(payment.Open);
    }

    [Fact]
    public void A_refund_that_succeeds_after_its_no_is_not_booked_beyond_what_was_taken()
    {
        var payment = Payment.Authorize(null, "o", 1, Agreed, Now, TimeSpan.Zero).Payment!;
        payment = payment.Settle("ord-o-auth-1", new Answer(Outcome.Done, "a1"), Now).After.Capture(Agreed, Now, TimeSpan.Zero).Payment!;
        payment = payment.Settle("ord-o-cap-1", new Answer(Outcome.Done, "a1"), Now).After.Refund("a", Agreed, Now, TimeSpan.Zero).Payment!;
        payment = payment.Settle("ord-o-ref-a", new Answer(Outcome.Refused, "a1"), Now).After.Refund("b", Agreed, Now, TimeSpan.Zero).Payment!;
        payment = payment.Settle("ord-o-ref-b", new Answer(Outcome.Done, "a1"), Now).After;
        var (after, alarm) = payment.Settle("ord-o-ref-a", new Answer(Outcome.Done, "a1"), Now);
        Assert.Equal((payment.Captured, true), (after.Refunded, alarm is not null));
    }

    [Theory]
    [InlineData("pm_card_success", true)]
    [InlineData("cs_test_a11YYufWQzNY63zpQ6QSNRQhkUpVph4WRmzW0zWJO2znZKdVujZ0N0S22u", true)]
    [InlineData("pm_4242", true)]
    [InlineData("pm_Ou-UXoTD21wgpCzh5ek-DQ", true)]
    [InlineData("4242424242424242", false)]
    [InlineData("pm_4242424242424242", false)]
    [InlineData("4242 4242 4242 4242", false)]
    [InlineData("4242-4242-4242-4242", false)]
    [InlineData("pm_4242-4242-4242-4242", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_token_is_told_from_a_card_number(string? token, bool isToken) => Assert.Equal(isToken, CardToken.IsValid(token));

    static Payment? Step(Payment? payment, int step, DateTimeOffset now)
    {
        var open = payment?.Operations.LastOrDefault(operation => operation.IsOpen);
        var any = payment?.Operations.Count > 0 ? payment.Operations[now.Second % payment.Operations.Count] : null;
        return step switch
        {
            0 => Payment.Authorize(payment, "o", (payment?.Attempt ?? 0) + 1, Agreed, now, TimeSpan.Zero).Payment,
            1 => payment?.Capture(Agreed, now, TimeSpan.Zero).Payment,
            2 => payment?.Capture(Agreed with { Amount = 600 }, now, TimeSpan.Zero).Payment,
            3 => payment?.Refund("r" + now.Second, Agreed with { Amount = 300 }, now, TimeSpan.Zero).Payment,
            4 => Payment.Void(payment, "o", now).Payment,
            5 or 6 or 7 => Told(open, Outcome.Done),
            8 => Told(open, Outcome.Refused),
            9 => Told(open, Outcome.Unknown),
            10 => Told(open, Outcome.NotThere),
            11 => Told(open is { Kind: Kind.Authorize } ? open : null, Outcome.NeedsCustomer),
            12 => Told(any, Outcome.Done),
            _ => Told(any, Outcome.Refused),
        };

        Payment? Told(Operation? operation, Outcome outcome) => operation is null ? null
            : payment!.Settle(operation.Key, new Answer(outcome, operation.ProviderId ?? "a " + operation.Key, "x", "url"), now).After;
    }
}
