using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MimeKit;

namespace Souk.Notifications.Tests;

/// <summary>A running Notifications beside an Ordering made by hand; its clock, its feed and its post are turned by the test.</summary>
sealed class NotificationsUnderTest : IAsyncDisposable
{
    readonly string _data;

    NotificationsUnderTest(TestService service, FakeFeed ordering, FakeTimeProvider clock, string data)
    {
        Service = service;
        Ordering = ordering;
        Clock = clock;
        _data = data;
    }

    public TestService Service { get; }

    public FakeFeed Ordering { get; }

    public required FakeLogin Login { get; init; }

    public FakeTimeProvider Clock { get; }

    public MailStore Store => Service.App.Services.GetRequiredService<MailStore>();

    public string MailFolder => Path.Combine(_data, "mails");

    /// <summary>Starts it with mails going into a folder, or to a server.</summary>
    public static async Task<NotificationsUnderTest> StartAsync(Engine engine, string? smtp = null, string? from = null)
    {
        var ordering = new FakeFeed("ordering");
        var login = new FakeLogin();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var data = Directory.CreateTempSubdirectory("souk-mails-").FullName;
        var service = await TestService.StartAsync(NotificationsService.Build, engine, new ServiceSetup
        {
            Clock = clock,
            Network = callee => callee == "login" ? login.Handler() : ordering.Network(callee),
            RunPumps = false,
            Configuration = new Dictionary<string, string?>
            {
                ["Souk:Data"] = data,
                ["Souk:StoreUrl"] = "https://shop.example",
                ["Notifications:Smtp"] = smtp,
                ["Notifications:From"] = from,
            },
        });
        return new NotificationsUnderTest(service, ordering, clock, data) { Login = login };
    }

    /// <summary>An order is confirmed, and Notifications has read of it.</summary>
    public async Task ConfirmAsync(string orderId, string email = "ann@example.org", string name = "Ann Lee", string title = "The Mug")
    {
        Ordering.Add("OrderConfirmed", orderId, Confirmed(orderId, email, name, title));
        await ReadFeedAsync();
    }

    public static string Confirmed(string orderId, string email = "ann@example.org", string name = "Ann Lee", string title = "The Mug") =>
        JsonSerializer.Serialize(new
        {
            orderId,
            number = "S-" + orderId,
            email,
            name,
            lines = new object[]
            {
                new { title, variantTitle = "Blue", quantity = 2, lineTotal = Euro(3998) },
                new { title = "Tea", variantTitle = "", quantity = 1, lineTotal = Euro(500) },
            },
            itemsTotal = Euro(4498),
            shipping = Euro(490),
            tax = Euro(796),
            total = Euro(4988),
            address = new { name, line1 = "Main St 1", line2 = (string?)null, city = "Berlin", postalCode = "10115", country = "DE" },
            orderUrl = "/order/" + orderId,
        });

    public static object Euro(long amount) => new { amount, currency = "EUR" };

    public Task ReadFeedAsync() => TurnAsync(pump => pump.Name.StartsWith("feed", StringComparison.Ordinal));

    public Task SendAsync() => TurnAsync(pump => pump is SendMails or SendAccountMails);

    /// <summary>The mails of an order as staff see them: "OrderConfirmed sent 1".</summary>
    public async Task<List<string>> StatesAsync(string order) =>
        [.. (await MailsAsync(order)).Select(mail => string.Create(CultureInfo.InvariantCulture,
            $"{mail.GetProperty("kind").GetString()} {mail.GetProperty("state").GetString()} {mail.GetProperty("attempts").GetInt32()}"))];

    public async Task<List<JsonElement>> MailsAsync(string order)
    {
        // A new client each time: an identity is good for five minutes of a clock that tests turn.
        using var response = await Service.As("souk").GetAsync("/internal/mails?order=" + Uri.EscapeDataString(order));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("items").EnumerateArray()];
    }

    /// <summary>What lies in the folder, by file name.</summary>
    public SortedDictionary<string, MimeMessage> Files() => new(Directory.GetFiles(MailFolder)
        .ToDictionary(file => Path.GetFileName(file), file => MimeMessage.Load(file)), StringComparer.Ordinal);

    public Task<int> ExecuteAsync(Sql sql) =>
        Service.App.Services.GetRequiredService<Database>().WriteAsync(tx => tx.ExecuteAsync(sql));

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    async Task TurnAsync(Func<IPump, bool> which)
    {
        foreach (var pump in Service.App.Services.GetServices<IPump>().Where(which))
        {
            while (await pump.StepAsync(CancellationToken.None))
            {
            }
        }
    }
}
