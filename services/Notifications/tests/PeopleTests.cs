using System.Net;
using System.Text;

namespace Souk.Notifications.Tests;

/// <summary>What Notifications holds on a person, whom it knows by orders alone.</summary>
public sealed class PeopleTests
{
    const string Orders = """{"orders":["sent","waiting","never-was"]}""";

    [Theory, EveryEngine]
    public async Task A_mail_that_is_sent_is_forgotten_and_one_that_waits_afterwards(Engine engine)
    {
        await using var notifications = await NotificationsUnderTest.StartAsync(engine);
        await notifications.ConfirmAsync("sent");
        await notifications.ConfirmAsync("anothers");
        await notifications.SendAsync();
        await notifications.ConfirmAsync("waiting");

        var held = await AskAsync(notifications, "export");
        Assert.Contains("Main St 1", held, StringComparison.Ordinal);
        Assert.Equal(2, held.Split("ann@example.org").Length - 1);
        Assert.Equal("""{"erased":[{"what":"mails","count":1}],"kept":[{"what":"mails","count":1,"why":"under_way"}]}""", await AskAsync(notifications, "erase"));
        await notifications.SendAsync();
        Assert.Equal("""{"erased":[{"what":"mails","count":1}],"kept":[]}""", await AskAsync(notifications, "erase"));
        Assert.Equal("""{"erased":[{"what":"mails","count":0}],"kept":[]}""", await AskAsync(notifications, "erase"));

        Assert.Equal("""{"mails":[]}""", await AskAsync(notifications, "export"));
        Assert.Equal(0, await CountAsync(notifications, "waiting"));
        Assert.Equal(1, await CountAsync(notifications, "anothers"));
        Assert.Equal(["OrderConfirmed sent 1"], await notifications.StatesAsync("sent"));
    }

    [Fact]
    public async Task Nobody_else_asks_and_what_is_no_list_is_refused()
    {
        await using var notifications = await NotificationsUnderTest.StartAsync(Engine.Sqlite);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(notifications, "gateway", "erase", Orders)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(notifications, "settings", "erase", "{}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(notifications, "settings", "export", "{}")).Status);
    }

    static Task<int> CountAsync(NotificationsUnderTest notifications, string order) =>
        // A change of nothing counts the rows that still know her.
        notifications.ExecuteAsync($"UPDATE mail SET attempts = attempts WHERE order_id = {order} AND (recipient LIKE '%ann%' OR text LIKE '%Main%' OR html LIKE '%Ann%')");

    static async Task<string> AskAsync(NotificationsUnderTest notifications, string what)
    {
        var (status, body) = await SendAsync(notifications, "settings", what, Orders);
        Assert.Equal(HttpStatusCode.OK, status);
        return body;
    }

    static async Task<(HttpStatusCode Status, string Body)> SendAsync(NotificationsUnderTest notifications, string caller, string what, string orders)
    {
        using var response = await notifications.Service.As(caller).PostAsync("/internal/people/" + what, new StringContent(orders, Encoding.UTF8, "application/json"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
