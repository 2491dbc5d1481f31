using System.Net;
using System.Text.Json;

namespace Souk.Notifications.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var notifications = await NotificationsUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(notifications.Service, "services/Notifications");
    }

    [Fact]
    public async Task Only_staff_read_mails_and_only_those_of_one_order()
    {
        await using var notifications = await NotificationsUnderTest.StartAsync(Engine.Sqlite);
        foreach (var (caller, query, status) in new[]
        {
            ("souk", "?order=o1", 200), ("console", "?order=o1", 200), ("gateway", "?order=o1", 403), ("ordering", "?order=o1", 403),
            ("souk", "", 400), ("souk", "?order=", 400), ("souk", "?order=a%00", 400), ("souk", "?order=" + new string('a', 201), 400),
        })
        {
            using var response = await notifications.Service.As(caller).GetAsync("/internal/mails" + query);
            Assert.Equal((caller, query, status), (caller, query, (int)response.StatusCode));
            if (status != 400) continue;
            var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal("notifications.mails.order_invalid", problem.GetProperty("code").GetString());
        }
        using var nobody = notifications.Service.Anonymous();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/internal/mails?order=o1")).StatusCode);
    }
}
