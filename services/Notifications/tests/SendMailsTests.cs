using MailKit.Security;
using Microsoft.Extensions.DependencyInjection;

namespace Souk.Notifications.Tests;

/// <summary>Sending: into a folder, and to a real SMTP server.</summary>
public sealed class SendMailsTests
{
    [Theory, EveryEngine]
    public async Task A_mail_goes_to_the_server_once_with_text_and_html(Engine engine)
    {
        await using var server = new SmtpServer();
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url, "My Shop <hello@my.shop>");
        await notifications.ConfirmAsync("o1", title: "Tässchen €");
        await notifications.SendAsync();
        await notifications.SendAsync();

        var (from, to, mail) = Assert.Single(server.Mails);
        Assert.Equal(("hello@my.shop", "ann@example.org"), (from, Assert.Single(to)));
        Assert.Equal("o1-1@my.shop", mail.MessageId);
        Assert.Equal("\"My Shop\" <hello@my.shop>", mail.From.ToString());
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), mail.Date);
        Assert.Equal("auto-generated", mail.Headers["Auto-Submitted"]);
        Assert.Contains("2 × Tässchen €, Blue: €39.98", mail.TextBody, StringComparison.Ordinal);
        Assert.Contains("2 × Tässchen €, Blue</td>", mail.HtmlBody, StringComparison.Ordinal);

        var view = Assert.Single(await notifications.MailsAsync("o1"));
        Assert.Equal(
            """{"eventId":"o1/1","orderId":"o1","kind":"OrderConfirmed","recipient":"ann@example.org","subject":"Order S-o1 is confirmed","state":"sent","attempts":1,"nextAttemptAt":null,"sentAt":"2026-01-01T12:00:00+00:00","error":null}""",
            view.GetRawText());
        Assert.False(Directory.Exists(notifications.MailFolder));
    }

    [Fact]
    public async Task Many_mails_go_over_one_line()
    {
        await using var server = new SmtpServer();
        await using var notifications = await NotificationsUnderTest.StartAsync(Engine.Sqlite, server.Url);
        for (var i = 0; i < 20; i++) await notifications.ConfirmAsync($"o{i}");
        await notifications.SendAsync();
        Assert.Equal(20, server.Mails.Count);
        Assert.Equal(1, server.Connections);
    }

    [Theory, EveryEngine]
    public async Task An_address_that_is_refused_is_tried_six_times_and_holds_up_nobody(Engine engine)
    {
        await using var server = new SmtpServer();
        server.Unknown.Add("gone@example.org");
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url);
        await notifications.ConfirmAsync("o1", "gone@example.org");
        await notifications.ConfirmAsync("o2");
        await notifications.SendAsync();
        Assert.Equal(["OrderConfirmed queued 1"], await notifications.StatesAsync("o1"));
        Assert.Equal(["OrderConfirmed sent 1"], await notifications.StatesAsync("o2"));

        var tried = 1;
        foreach (var pause in new[] { 30, 120, 480, 1920, 7680 })
        {
            notifications.Clock.Advance(TimeSpan.FromSeconds(pause - 1));
            await notifications.SendAsync();
            Assert.Equal([$"OrderConfirmed queued {tried}"], await notifications.StatesAsync("o1"));
            notifications.Clock.Advance(TimeSpan.FromSeconds(1));
            await notifications.SendAsync();
            tried++;
            Assert.Equal([$"OrderConfirmed {(tried < 6 ? "queued" : "failed")} {tried}"], await notifications.StatesAsync("o1"));
        }
        notifications.Clock.Advance(TimeSpan.FromDays(1));
        await notifications.SendAsync();
        Assert.Equal(["OrderConfirmed failed 6"], await notifications.StatesAsync("o1"));
        Assert.Equal("no such person", Assert.Single(await notifications.MailsAsync("o1")).GetProperty("error").GetString());
        Assert.Single(server.Mails);
    }

    [Theory, EveryEngine]
    public async Task While_the_server_is_away_mails_wait_and_no_attempt_is_counted(Engine engine)
    {
        await using var server = new SmtpServer { IsAway = true };
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url);
        await notifications.ConfirmAsync("o1");
        for (var i = 0; i < 10; i++) await Assert.ThrowsAnyAsync<Exception>(notifications.SendAsync);
        Assert.Equal(["OrderConfirmed queued 0"], await notifications.StatesAsync("o1"));
        server.IsAway = false;
        await notifications.SendAsync();
        Assert.Equal(["OrderConfirmed sent 1"], await notifications.StatesAsync("o1"));
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task A_wrong_password_is_no_fault_of_the_mails()
    {
        await using var server = new SmtpServer { Login = "shop:p@ss" };
        await using var wrong = await NotificationsUnderTest.StartAsync(Engine.Sqlite, $"smtp://shop:guess@127.0.0.1:{server.Port}");
        await wrong.ConfirmAsync("o1");
        for (var i = 0; i < 10; i++) await Assert.ThrowsAsync<AuthenticationException>(wrong.SendAsync);
        Assert.Equal(["OrderConfirmed queued 0"], await wrong.StatesAsync("o1"));

        await using var right = await NotificationsUnderTest.StartAsync(Engine.Sqlite, $"smtp://shop:p%40ss@127.0.0.1:{server.Port}");
        await right.ConfirmAsync("o1");
        await right.SendAsync();
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task A_line_that_breaks_costs_one_mail_one_attempt_and_its_second_copy_has_the_same_message_id()
    {
        await using var server = new SmtpServer { BreaksAfterData = 1 };
        await using var notifications = await NotificationsUnderTest.StartAsync(Engine.Sqlite, server.Url);
        await notifications.ConfirmAsync("o1");
        await notifications.ConfirmAsync("o2");
        await notifications.SendAsync();
        Assert.Equal(["OrderConfirmed queued 1"], await notifications.StatesAsync("o1"));
        Assert.Equal(["OrderConfirmed sent 1"], await notifications.StatesAsync("o2"));

        notifications.Clock.Advance(TimeSpan.FromSeconds(30));
        await notifications.SendAsync();
        Assert.Equal(["o1-1@shop.example", "o2-1@shop.example", "o1-1@shop.example"], server.Mails.Select(mail => mail.Message.MessageId));
    }

    [Theory, EveryEngine]
    public async Task A_process_that_ends_between_sending_and_noting_it_leaves_one_file(Engine engine)
    {
        await using var notifications = await NotificationsUnderTest.StartAsync(engine);
        await notifications.ConfirmAsync("o1");
        var mail = await notifications.Store.TakeAsync(notifications.Clock.GetUtcNow(), CancellationToken.None);
        var post = new FolderPost(notifications.MailFolder);
        await post.OpenAsync(CancellationToken.None);
        await post.DeliverAsync(mail!, mail!.ToMessage(Sender.Parse("Souk <orders@shop.example>")), CancellationToken.None);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(notifications.MailFolder, "o1-1.eml"));

        await notifications.Service.RestartAsync();
        await notifications.SendAsync();
        Assert.Equal(["OrderConfirmed queued 1"], await notifications.StatesAsync("o1"));
        notifications.Clock.Advance(Mail.Lease);
        await notifications.SendAsync();
        Assert.Equal(["OrderConfirmed sent 2"], await notifications.StatesAsync("o1"));
        Assert.Equal(["o1-1.eml"], Directory.GetFiles(notifications.MailFolder).Select(Path.GetFileName));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(notifications.MailFolder, "o1-1.eml")));
    }

    [Theory, EveryEngine]
    public async Task Of_several_replicas_one_sends_a_mail(Engine engine)
    {
        await using var server = new SmtpServer();
        await using var notifications = await NotificationsUnderTest.StartAsync(engine, server.Url);
        for (var i = 0; i < 40; i++) await notifications.ConfirmAsync($"o{i}");
        var services = notifications.Service.App.Services;
        var replicas = Enumerable.Range(0, 4).Select(_ => new SendMails(
            notifications.Store, new SmtpPost(SmtpAddress.Parse(server.Url)), Sender.Parse("a@b.org"), notifications.Clock,
            services.GetRequiredService<Microsoft.Extensions.Logging.ILogger<SendMails>>()));
        await Task.WhenAll(replicas.Select(async replica =>
        {
            while (await replica.StepAsync(CancellationToken.None))
            {
            }
        }));
        Assert.Equal(40, server.Mails.Count);
        Assert.Equal(40, server.Mails.Select(mail => mail.Message.MessageId).Distinct().Count());
    }

    [Theory, EveryEngine]
    public async Task Whoever_comes_back_after_its_lease_does_not_overrule_the_one_who_took_over(Engine engine)
    {
        await using var notifications = await NotificationsUnderTest.StartAsync(engine);
        await notifications.ConfirmAsync("o1");
        var slow = await notifications.Store.TakeAsync(notifications.Clock.GetUtcNow(), CancellationToken.None);
        notifications.Clock.Advance(Mail.Lease);
        var next = await notifications.Store.TakeAsync(notifications.Clock.GetUtcNow(), CancellationToken.None);
        await notifications.Store.FailedAsync(slow!, "too late", again: null);
        Assert.Equal(["OrderConfirmed queued 2"], await notifications.StatesAsync("o1"));
        await notifications.Store.SentAsync(next!, notifications.Clock.GetUtcNow());
        await notifications.Store.FailedAsync(next!, "no", again: null);
        Assert.Equal(["OrderConfirmed sent 2"], await notifications.StatesAsync("o1"));
    }

    [Theory]
    [InlineData("smtp://mail.example", "mail.example", 25, SecureSocketOptions.StartTlsWhenAvailable, null)]
    [InlineData("smtp://mail.example:2525", "mail.example", 2525, SecureSocketOptions.StartTlsWhenAvailable, null)]
    [InlineData("smtp://u%3A1:p%40s:s@mail.example:587", "mail.example", 587, SecureSocketOptions.StartTls, "u:1 p@s:s")]
    [InlineData("smtp://u:p@127.0.0.1:25", "127.0.0.1", 25, SecureSocketOptions.StartTlsWhenAvailable, "u p")]
    [InlineData("smtps://u:p@mail.example", "mail.example", 465, SecureSocketOptions.SslOnConnect, "u p")]
    public void A_servers_address_says_how_to_reach_it_and_a_password_never_goes_in_the_clear(
        string text, string host, int port, SecureSocketOptions security, string? login)
    {
        var address = SmtpAddress.Parse(text);
        Assert.Equal((host, port, security), (address.Host, address.Port, address.Security));
        Assert.Equal(login, address.Login is null ? null : $"{address.Login.UserName} {address.Login.Password}");
    }

    [Theory]
    [InlineData("mail.example", null)]
    [InlineData("http://u:secret@mail.example", null)]
    [InlineData("smtp://", null)]
    [InlineData(null, "nobody")]
    [InlineData(null, "")]
    public async Task A_setting_that_cannot_be_used_stops_the_start_and_is_not_shown_with_its_password(string? smtp, string? from)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => NotificationsUnderTest.StartAsync(Engine.Sqlite, smtp, from));
        Assert.Contains("Notifications:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc/12", "abc-12")]
    [InlineData("a-1/2", "a-1-2")]
    [InlineData("../../etc/1", "..%2F..%2Fetc-1")]
    [InlineData("a b/1", "a%20b-1")]
    public void A_mails_name_is_a_plain_word(string eventId, string name) => Assert.Equal(name, new Mail(
        eventId, "o", "k", "a@b.c", "A", new WrittenLetter("s", "t", "h"), DateTimeOffset.UnixEpoch, 1).Name);
}
