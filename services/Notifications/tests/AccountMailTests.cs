using Microsoft.Extensions.DependencyInjection;

namespace Souk.Notifications.Tests;

/// <summary>Mails about accounts: asked for when they go out, and kept nowhere.</summary>
public sealed class AccountMailTests
{
    const string Link = "https://shop.example/account/reset?token=secret-of-the-link";

    [Theory, EveryEngine]
    public async Task A_mail_goes_with_its_link_and_neither_link_nor_address_is_kept(Engine engine)
    {
        await using var server = new SmtpServer();
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url);
        notifications.Login.Want("m1", "reset", Link, notifications.Clock.GetUtcNow().AddMinutes(10));
        await notifications.ReadFeedAsync();
        await notifications.SendAsync();
        await notifications.SendAsync();

        var (_, to, mail) = Assert.Single(server.Mails);
        Assert.Equal("amal@example.com", Assert.Single(to));
        Assert.Equal("Choose a new password", mail.Subject);
        Assert.Contains("Choose a new password: " + Link, mail.TextBody, StringComparison.Ordinal);
        Assert.StartsWith("Hello,", mail.TextBody, StringComparison.Ordinal);
        Assert.Equal(["m1|reset|sent|1|"], await RowsAsync(notifications));
    }

    [Theory, EveryEngine]
    public async Task What_is_used_or_too_old_by_then_is_not_sent(Engine engine)
    {
        await using var server = new SmtpServer();
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url);
        notifications.Login.Want("m1", "reset", Link, notifications.Clock.GetUtcNow().AddMinutes(10));
        notifications.Login.Want("m2", "reset", Link, notifications.Clock.GetUtcNow().AddMinutes(10));
        notifications.Login.Want("m3", "of a later release", Link, notifications.Clock.GetUtcNow().AddDays(10));
        notifications.Login.Mails.Remove("m1");
        notifications.Clock.Advance(TimeSpan.FromMinutes(10));
        await notifications.ReadFeedAsync();
        await notifications.SendAsync();
        Assert.Empty(server.Mails);
        Assert.Equal(["m1|reset|void|1|", "m2|reset|void|1|", "m3|of a later release|void|1|"], await RowsAsync(notifications));
    }

    [Theory, EveryEngine]
    public async Task While_login_is_away_a_mail_waits_and_orders_mails_go(Engine engine)
    {
        await using var server = new SmtpServer();
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url);
        notifications.Login.Want("m1", "confirm", Link, notifications.Clock.GetUtcNow().AddDays(1));
        await notifications.ConfirmAsync("o1");
        notifications.Login.Up = false;
        await notifications.SendAsync();
        Assert.Single(server.Mails);
        Assert.Equal(["m1|confirm|queued|0|HttpRequestException"], await RowsAsync(notifications));

        notifications.Login.Up = true;
        notifications.Clock.Advance(TimeSpan.FromSeconds(3));
        await notifications.SendAsync();
        Assert.Equal(2, server.Mails.Count);
        Assert.Equal(["m1|confirm|sent|1|"], await RowsAsync(notifications));
    }

    [Theory, EveryEngine]
    public async Task A_mail_that_the_server_refuses_is_tried_again_later(Engine engine)
    {
        await using var server = new SmtpServer();
        server.Unknown.Add("amal@example.com");
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url);
        notifications.Login.Want("m1", "known", Link, notifications.Clock.GetUtcNow().AddDays(1));
        await notifications.ReadFeedAsync();
        await notifications.SendAsync();
        Assert.Equal(["m1|known|queued|1|SmtpCommandException"], await RowsAsync(notifications));
        server.Unknown.Clear();
        notifications.Clock.Advance(TimeSpan.FromSeconds(30));
        await notifications.SendAsync();
        Assert.Single(server.Mails);
    }

    static Task<List<string>> RowsAsync(NotificationsUnderTest notifications) =>
        notifications.Service.App.Services.GetRequiredService<Database>().ReadAsync(session => session.QueryAsync(
            $"SELECT mail_id, kind, state, attempts, error FROM account_mail ORDER BY mail_id",
            row => $"{row.Text(0)}|{row.Text(1)}|{row.Text(2)}|{row.Int(3)}|{row.TextOrNull(4)}"));
}
