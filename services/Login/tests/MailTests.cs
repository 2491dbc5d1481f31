using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Souk.Login.Tests;

public sealed class MailTests
{
    const string New = "another good password";

    [Theory, EveryEngine]
    public async Task A_reset_changes_the_password_once_and_signs_everybody_out(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var link = await ForgottenAsync(login);
        Assert.Equal("/account/signin?said=reset", (await login.Browser().FillAsync(link, ("password", New))).Location);
        await login.SignInAsync("amal@example.com", New);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/account")).Status);

        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().GetAsync(link)).Status);
    }

    [Theory, EveryEngine]
    public async Task A_reset_link_that_was_loaded_before_is_good_once_all_the_same(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("amal@example.com");
        var link = await ForgottenAsync(login);
        Browser[] two = [login.Browser(), login.Browser()];
        var pages = await Task.WhenAll(two.Select(browser => browser.GetAsync(link)));
        var answers = await Task.WhenAll(two.Select((browser, i) => browser.PostAsync(pages[i], "/account/reset", ("password", New + i))));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.BadRequest);
    }

    [Theory, EveryEngine]
    public async Task A_reset_link_is_void_after_ten_minutes_after_a_change_and_for_another_account(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        await login.RegisterAsync("badr@example.com");
        var late = await ForgottenAsync(login);
        var page = await login.Browser().GetAsync(late);
        login.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().GetAsync(late)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await MailStatusAsync(login, "reset")).StatusCode);

        var old = await ForgottenAsync(login);
        Assert.Equal("/account?said=password", (await browser.FillAsync("/account/password", ("present", LoginUnderTest.Password), ("password", New))).Location);
        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().FillAsync(old, ("password", "yet another one"))).Status);

        // Another's mail under one's own name, even with the store's own encryption at hand.
        var good = await ForgottenAsync(login);
        var protector = login.Service.App.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("Souk.Login.MailLink");
        var parts = protector.Unprotect(System.Web.HttpUtility.ParseQueryString(good.Split('?')[1])["token"]!).Split(' ');
        var forged = protector.Protect($"{parts[0]} {Guid.Empty} {parts[2]}");
        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().GetAsync("/account/reset?token=" + forged)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().GetAsync(good[..^1])).Status);
        Assert.Equal(HttpStatusCode.OK, (await login.Browser().GetAsync(good)).Status);
    }

    [Theory, EveryEngine]
    public async Task The_event_has_neither_address_nor_link_and_the_database_has_no_token(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("amal@example.com");
        await ForgottenAsync(login);
        Assert.All(await login.Service.EventsAsync("notifications"), e =>
        {
            Assert.Equal("AccountMailWanted", e.GetProperty("type").GetString());
            Assert.Equal(["mailId", "kind", "locale"], e.GetProperty("data").EnumerateObject().Select(member => member.Name));
        });
        var mail = await login.MailAsync("reset");
        Assert.Equal("amal@example.com", mail.GetProperty("address").GetString());
        Assert.StartsWith(LoginUnderTest.Issuer + "account/reset?token=", mail.GetProperty("link").GetString());
        Assert.Equal(login.Clock.GetUtcNow().AddMinutes(10), mail.GetProperty("expiresAt").GetDateTimeOffset());
    }

    [Theory, EveryEngine]
    public async Task A_mail_is_read_by_notifications_alone(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("amal@example.com");
        using var cart = login.Service.As("cart");
        Assert.Equal(HttpStatusCode.Forbidden, (await cart.GetAsync("/internal/mails/x")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await login.Service.Anonymous().GetAsync("/internal/mails/x")).StatusCode);
    }

    [Theory, EveryEngine]
    public async Task Registering_an_address_that_has_an_account_changes_nothing_and_tells_its_owner(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.RegisterAsync("amal@example.com");
        await login.Browser().FillAsync("/account/register", ("email", "AMAL@example.com"), ("password", "a stranger's password"));
        Assert.Equal("known", (await login.MailAsync("known")).GetProperty("kind").GetString());
        await login.SignInAsync("amal@example.com");
    }

    [Theory, EveryEngine]
    public async Task Nobody_registers_anothers_address_with_a_password_of_their_own(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.Browser().FillAsync("/account/register", ("email", "amal@example.com"), ("password", "the attacker's own"));
        var attackers = await login.LinkAsync("confirm");
        await login.Browser().FillAsync("/account/register", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
        var owners = await login.LinkAsync("confirm");
        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().GetAsync(attackers)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().FillAsync(owners, ("password", "the attacker's own"))).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await login.Browser().FillAsync(owners, ("password", LoginUnderTest.Password))).Status);
    }

    [Theory, EveryEngine]
    public async Task A_new_address_counts_once_its_link_was_followed(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        var browser = await login.RegisterAsync("amal@example.com");
        var sent = await browser.FillAsync("/account/email", ("email", "amal@new.example"), ("present", LoginUnderTest.Password));
        Assert.Equal("/account?said=email-sent", sent.Location);
        Assert.Equal("amal@new.example", (await login.MailAsync("email")).GetProperty("address").GetString());
        await login.SignInAsync("amal@example.com");

        Assert.Equal(HttpStatusCode.SeeOther, (await login.Browser().FillAsync(await login.LinkAsync("email"))).Status);
        await login.SignInAsync("amal@new.example");
        Assert.Equal("amal@example.com", (await login.MailAsync("changed")).GetProperty("address").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await login.Browser().FillAsync("/account/signin", ("email", "amal@example.com"), ("password", LoginUnderTest.Password))).Status);
    }

    [Theory, EveryEngine]
    public async Task Who_has_not_confirmed_is_sent_another_mail_and_not_let_in(Engine engine)
    {
        await using var login = await LoginUnderTest.StartAsync(engine);
        await login.Browser().FillAsync("/account/register", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
        var before = (await login.Service.EventsAsync("notifications")).Count;
        var answer = await login.Browser().FillAsync("/account/signin", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("not confirmed", answer.Text, StringComparison.Ordinal);
        Assert.Equal(before + 1, (await login.Service.EventsAsync("notifications")).Count);
    }

    static async Task<string> ForgottenAsync(LoginUnderTest login)
    {
        await login.Browser().FillAsync("/account/forgotten", ("email", "amal@example.com"));
        return await login.LinkAsync("reset");
    }

    static async Task<HttpResponseMessage> MailStatusAsync(LoginUnderTest login, string kind)
    {
        JsonElement last = (await login.Service.EventsAsync("notifications")).Last(e => e.GetProperty("data").GetProperty("kind").GetString() == kind);
        return await login.Service.As("notifications").GetAsync("/internal/mails/" + last.GetProperty("data").GetProperty("mailId").GetString());
    }
}
