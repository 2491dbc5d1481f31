using System.Data.Common;

namespace Souk.Payment.Tests;

/// <summary>The books, and the rules that the database itself keeps.</summary>
public sealed class LedgerTests
{
    [Theory, EveryEngine]
    public async Task Every_movement_is_booked_twice_and_adds_up_to_nothing(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.AuthorizeAsync("o1", amount: 1000);
        await payment.CaptureAsync("o1", 900);
        await payment.RefundAsync("o1", "a", 400);
        await payment.AuthorizeAsync("o2", amount: 50);
        await payment.VoidAsync("o2");
        var ledger = (await payment.ReadAsync("o1")).Body.GetProperty("ledger").EnumerateArray()
            .Select(line => $"{line.GetProperty("transactionKey").GetString()} {line.GetProperty("account").GetString()} {line.GetProperty("amount").GetInt64()}");
        Assert.Equal(
        [
            "ord-o1-auth-1 authorized 1000", "ord-o1-auth-1 customers -1000",
            "ord-o1-cap-1 provider_clearing 900", "ord-o1-cap-1 customers 100", "ord-o1-cap-1 authorized -1000",
            "ord-o1-ref-a refunds 400", "ord-o1-ref-a provider_clearing -400",
        ], ledger);
        Assert.Equal(0, await payment.CountAsync($"SELECT CAST(SUM(amount) AS BIGINT) FROM ledger_entry"));
        Assert.Equal(0, await payment.CountAsync($"SELECT CAST(SUM(amount) AS BIGINT) FROM ledger_entry WHERE account = 'authorized'"));
        Assert.Equal(500, await payment.CountAsync($"SELECT CAST(SUM(amount) AS BIGINT) FROM ledger_entry WHERE account = 'provider_clearing'"));
        await payment.BooksAgreeAsync();
    }

    [Theory, EveryEngine]
    public async Task A_line_of_the_ledger_is_never_changed_or_removed(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        foreach (var sql in new Sql[] { $"UPDATE ledger_entry SET amount = 0", $"DELETE FROM ledger_entry" })
        {
            var error = await Assert.ThrowsAnyAsync<DbException>(() => payment.Database.WriteAsync(tx => tx.ExecuteAsync(sql)));
            Assert.Contains("append-only", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(4, await payment.CountAsync($"SELECT COUNT(*) FROM ledger_entry"));
    }

    [Theory, EveryEngine]
    public async Task The_database_itself_refuses_to_take_or_give_back_too_much_or_to_capture_twice(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        Sql[] wrongs =
        [
            $"UPDATE payment SET captured = amount + 1", $"UPDATE payment SET refunded = captured + 1", $"UPDATE payment SET refunded = -1",
            $"UPDATE payment SET captured = 0, refunded = 1",
            $"INSERT INTO operation (key, order_id, kind, amount, currency, state, asked_at, asks) VALUES ('x', 'o1', 'capture', 1, 'EUR', 'done', 0, 0)",
        ];
        foreach (var wrong in wrongs)
        {
            await Assert.ThrowsAnyAsync<DbException>(() => payment.Database.WriteAsync(tx => tx.ExecuteAsync(wrong)));
        }
        Assert.Equal(1999, (await payment.ReadAsync("o1")).Body.GetProperty("captured").GetInt64());
    }

    [Theory, EveryEngine]
    public async Task A_write_that_would_break_a_rule_of_money_is_refused_and_raises_an_alarm(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        await payment.SellAsync("o1");
        // As a slip elsewhere would leave it: the row says that all is given back.
        await payment.Database.WriteAsync(tx => tx.ExecuteAsync($"UPDATE payment SET refunded = captured"));
        Assert.True((int)(await payment.RefundAsync("o1", "a", 100)).Status >= 500);
        Assert.Equal(1, await payment.CountAsync($"SELECT COUNT(*) FROM alarm WHERE code = 'rule_broken' AND key = 'ord-o1-ref-a'"));
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM ledger_entry WHERE transaction_key = 'ord-o1-ref-a'"));
    }

    [Theory, EveryEngine]
    public async Task More_than_was_asked_for_is_not_taken_over_and_raises_an_alarm(Engine engine)
    {
        await using var payment = await PaymentUnderTest.StartAsync(engine);
        payment.Provider.FailNext(Fault.ResetAfter);
        await payment.AuthorizeAsync("o1");
        payment.Provider.Authorization("ord-o1-auth-1")["amount"] = 9999L;
        payment.Provider.Ledger[0]["amount"] = 9999L;
        await payment.SettleAsync(1);
        Assert.Equal("unknown", (await payment.ReadAsync("o1")).State);
        Assert.Equal(1, await payment.CountAsync($"SELECT COUNT(*) FROM alarm WHERE code = 'amount_differs'"));
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM ledger_entry"));
    }
}
