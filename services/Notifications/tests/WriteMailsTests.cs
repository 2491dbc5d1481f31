using MimeKit;
using static Souk.Notifications.Tests.NotificationsUnderTest;

namespace Souk.Notifications.Tests;

/// <summary>What customers are told, and that it is told once.</summary>
public sealed class WriteMailsTests
{
    [Fact]
    public async Task A_confirmed_order_is_told_with_its_lines_sums_and_address()
    {
        var mail = await OnlyMailAsync("OrderConfirmed", Confirmed("o1"));
        Assert.Equal("Order S-o1 is confirmed", mail.Subject);
        Assert.Equal("\"Ann Lee\" <ann@example.org>", mail.To.ToString());
        Assert.Equal("\"Souk\" <orders@shop.example>", mail.From.ToString());
        Assert.Equal("""
            Hello Ann Lee,

            Thank you for your order S-o1. We are packing it now.

              2 × The Mug, Blue: €39.98
              1 × Tea: €5.00
              Shipping: €4.90
              Total: €49.88
              Tax within: €7.96

            It goes to:
            Ann Lee
            Main St 1
            10115 Berlin
            DE

            See your order: https://shop.example/order/o1

            Souk

            """, mail.TextBody, ignoreLineEndingDifferences: true);
        Assert.Contains("2 × The Mug, Blue</td><td", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("<b>€49.88</b>", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("""<a href="https://shop.example/order/o1" """, mail.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shipped_order_is_told_with_its_tracking()
    {
        var mail = await OnlyMailAsync("OrderShipped",
            """{"orderId":"o1","number":"S-1","email":"a@b.org","name":"Ann","parcels":[{"no":1,"tracking":"T-1"},{"no":2,"tracking":"T-2"}],"orderUrl":"/order/o1"}""");
        Assert.Equal("Order S-1 is on its way", mail.Subject);
        Assert.Contains("  Parcel 1: T-1\n  Parcel 2: T-2\n", mail.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("T-2", mail.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refund_is_told_with_its_sum_and_reason()
    {
        var mail = await OnlyMailAsync("OrderRefunded",
            """{"orderId":"o1","number":"S-1","email":"a@b.org","name":"Ann","amount":{"amount":1250,"currency":"CHF"},"reason":"Broken","orderUrl":"/order/o1"}""");
        Assert.Equal("Refund for order S-1", mail.Subject);
        Assert.Contains("Refunded: 12.50 CHF", mail.TextBody, StringComparison.Ordinal);
        Assert.Contains("Reason: Broken", mail.TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out_of_stock: MUG-1", "no longer in stock")]
    [InlineData("payment: insufficient_funds", "The payment was declined")]
    [InlineData("customer_absent", "not completed in time")]
    [InlineData("by the customer", "If you did not ask for this")]
    public async Task A_cancelled_order_is_told_in_words_and_that_nothing_was_charged(string reason, string words)
    {
        var mail = await OnlyMailAsync("OrderCancelled",
            $$"""{"orderId":"o1","number":"S-1","email":"a@b.org","name":"Ann","reason":"{{reason}}","orderUrl":"/order/o1"}""");
        Assert.Equal("Order S-1 is cancelled", mail.Subject);
        Assert.Contains("Nothing was charged.", mail.TextBody, StringComparison.Ordinal);
        Assert.Contains(words, mail.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("MUG-1", mail.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_somebody_typed_is_text_in_every_part_of_a_mail()
    {
        const string Script = "<script>alert(1)</script>\"'&";
        var mail = await OnlyMailAsync("OrderConfirmed", Confirmed("o1", name: Script, title: Script));
        Assert.DoesNotContain("<script", mail.HtmlBody, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("2 × &lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;, Blue", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("2 × " + Script, mail.TextBody, StringComparison.Ordinal);
        Assert.Equal(Script, Assert.IsType<MailboxAddress>(Assert.Single(mail.To)).Name);
    }

    [Fact]
    public async Task Nobody_writes_a_header_of_a_mail_through_a_name_or_an_address()
    {
        var mail = await OnlyMailAsync("OrderConfirmed",
            Confirmed("o1", name: "Ann\r\nBcc: eve@example.org\r\n\r\nHi", title: "Mug\r\n\r\nPay here instead: https://evil.example"));
        Assert.Empty(mail.Bcc);
        Assert.Equal("ann@example.org", Assert.IsType<MailboxAddress>(Assert.Single(mail.To)).Address);
        Assert.Contains("2 × Mug    Pay here instead", mail.TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ann@example.org, eve@example.org")]
    [InlineData("ann@example.org\r\nBcc: eve@example.org")]
    [InlineData("nobody at all")]
    [InlineData("")]
    public async Task What_is_no_single_address_gets_no_mail(string email)
    {
        await using var notifications = await StartAsync(Engine.Sqlite);
        await notifications.ConfirmAsync("o1", email);
        await notifications.SendAsync();
        Assert.Empty(notifications.Files());
        Assert.Equal(["OrderConfirmed queued 1"], await notifications.StatesAsync("o1"));
    }

    [Theory, EveryEngine]
    public async Task Events_read_a_second_time_write_nothing_more(Engine engine)
    {
        await using var notifications = await StartAsync(engine);
        await notifications.ConfirmAsync("o1");
        await notifications.ConfirmAsync("o2");
        notifications.Ordering.Add("OrderCancelled", "o2",
            """{"orderId":"o2","number":"S-2","email":"a@b.org","name":"Ann","reason":"cancelled","orderUrl":"/order/o2"}""");
        notifications.Ordering.Add("SomethingElse", "o2", "{}");
        await notifications.ReadFeedAsync();
        await notifications.SendAsync();

        Assert.Equal(2, await notifications.ExecuteAsync($"UPDATE feed_cursor SET position = 0"));
        await notifications.Service.RestartAsync();
        notifications.Clock.Advance(TimeSpan.FromMinutes(1));
        await notifications.ReadFeedAsync();
        await notifications.SendAsync();

        Assert.Equal(["OrderConfirmed sent 1"], await notifications.StatesAsync("o1"));
        Assert.Equal(["OrderConfirmed sent 1", "OrderCancelled sent 1"], (await notifications.StatesAsync("o2")).OrderDescending());
        Assert.Equal(["o1-1.eml", "o2-1.eml", "o2-2.eml"], notifications.Files().Keys);
    }

    [Theory, EveryEngine]
    public async Task An_event_that_cannot_be_understood_holds_up_no_other_order(Engine engine)
    {
        await using var notifications = await StartAsync(engine);
        notifications.Ordering.Add("OrderConfirmed", "o1", """{"orderId":"o1"}""");
        notifications.Ordering.Add("OrderConfirmed", "o2", Confirmed("o2").Replace("/order/", "@evil.example/", StringComparison.Ordinal));
        await notifications.ConfirmAsync("o3");
        await notifications.SendAsync();
        Assert.Equal(["o3-1.eml"], notifications.Files().Keys);
        Assert.Empty(await notifications.MailsAsync("o1"));
        Assert.Empty(await notifications.MailsAsync("o2"));
    }

    [Theory]
    [InlineData(1999, "EUR", "€19.99")]
    [InlineData(-5, "USD", "−$0.05")]
    [InlineData(123_456_789, "GBP", "£1,234,567.89")]
    [InlineData(1999, "JPY", "¥1,999")]
    [InlineData(1999, "KWD", "1.999 KWD")]
    [InlineData(1999, "CHF", "19.99 CHF")]
    public void Money_is_written_as_its_reader_is_used_to_it(long amount, string currency, string text) =>
        Assert.Equal(text, new Money(amount, currency).ToString());

    static async Task<MimeMessage> OnlyMailAsync(string type, string json)
    {
        await using var notifications = await StartAsync(Engine.Sqlite);
        notifications.Ordering.Add(type, "o1", json);
        await notifications.ReadFeedAsync();
        await notifications.SendAsync();
        return Assert.Single(notifications.Files()).Value;
    }
}
