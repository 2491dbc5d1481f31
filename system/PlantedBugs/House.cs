using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Souk.Cart;
using Souk.Catalog;
using Souk.Inventory;
using Souk.Notifications;
using Souk.Ordering;
using Souk.Payment;
using Souk.Platform.Sagas;
using Souk.Sandbox;
using Souk.Shipping;

namespace Souk.PlantedBugs;

/// <summary>
/// The whole store in one process: every service as it builds itself, with a database of its own in a folder laid out as the
/// launcher does. Its time goes on when it is told to, its pumps turn when they are told to, and every call between two
/// services, or from outside, goes through its network, where a test may put a hand in.
/// </summary>
sealed class House : IAsyncDisposable
{
    static readonly (string Name, Func<ServiceSetup, WebApplication> Build)[] Rooms =
    [
        ("catalog", CatalogService.Build), ("inventory", InventoryService.Build), ("cart", CartService.Build),
        ("shipping", ShippingService.Build), ("sandbox", SandboxService.Build), ("payment", PaymentService.Build),
        ("ordering", OrderingService.Build), ("notifications", NotificationsService.Build),
    ];

    /// <summary>More turns than any work takes: what still has work then would have it for ever.</summary>
    const int TurnsMax = 1000;

    readonly Dictionary<string, WebApplication> _services = new(StringComparer.Ordinal);
    readonly List<(string Service, IPump Pump)> _pumps = [];
    readonly Func<string, TimeSpan> _clockOffset;

    House(Func<string, TimeSpan> clockOffset)
    {
        _clockOffset = clockOffset;
        Folder = Directory.CreateTempSubdirectory("souk-house-").FullName;
        Network = new Network(service => new Uri(_services[service].Urls.First()), Path.Combine(Folder, "keys"), Clock);
    }

    /// <summary>Everything that it keeps; as <see cref="StoreDatabases.In"/> expects it.</summary>
    public string Folder { get; }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public Network Network { get; }

    /// <summary>Pumps that nobody turns, by service and name: <c>payment: reconciliation</c>.</summary>
    public HashSet<string> Still { get; } = new(StringComparer.Ordinal);

    /// <param name="clockOffset">By how much a service's clock is wrong; null: all are right.</param>
    public static async Task<House> OpenAsync(Func<string, TimeSpan>? clockOffset = null)
    {
        var house = new House(clockOffset ?? (_ => TimeSpan.Zero));
        try
        {
            foreach (var (name, build) in Rooms) house._services.Add(name, build(house.SetupOf(name)));
            await Task.WhenAll(house._services.Values.Select(service => service.StartAsync()));
            foreach (var (name, service) in house._services)
            {
                house._pumps.AddRange(service.Services.GetServices<IPump>().Select(pump => (name, pump)));
            }
            return house;
        }
        catch
        {
            await house.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes the schema of a service's database, as a release with a bug in it would have made it.</summary>
    /// <param name="service">Whose.</param>
    /// <param name="sql">Statements of SQLite's.</param>
    public Task AlterAsync(string service, string sql) =>
        _services[service].Services.GetRequiredService<Database>().WriteAsync(tx => tx.ExecuteAsync(Sql.Text(sql)));

    /// <summary>Lets so much time pass, and everything that it brings come to its end.</summary>
    public async Task PassAsync(TimeSpan length)
    {
        Clock.Advance(length);
        await TurnAsync();
    }

    /// <summary>Turns every pump until none has work and no saga runs.</summary>
    public async Task TurnAsync()
    {
        bool isBusy;
        var turns = 0;
        do
        {
            isBusy = false;
            foreach (var (service, pump) in _pumps)
            {
                if (!Still.Contains($"{service}: {pump.Name}")) isBusy |= await TryStepAsync(pump);
            }
            await IdleAsync();
        }
        while (isBusy && ++turns < TurnsMax);
    }

    /// <summary>Waits until no saga runs.</summary>
    public Task IdleAsync()
    {
        var ordering = _services["ordering"].Services;
        return Task.WhenAll(ordering.GetRequiredService<Saga<Order>>().IdleAsync(), ordering.GetRequiredService<Saga<Refund>>().IdleAsync())
            .WaitAsync(Eventually.Bound, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_services.Values.Select(async service =>
        {
            await service.StopAsync();
            await service.DisposeAsync();
        }));
        Network.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A pump never ends by itself: what it waits for may come back.</summary>
    static async Task<bool> TryStepAsync(IPump pump)
    {
        try
        {
            return await pump.StepAsync(CancellationToken.None);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return false;
        }
    }

    ServiceSetup SetupOf(string service) => new()
    {
        Clock = new WrongClock(Clock, _clockOffset(service)),
        Network = callee => Network.Wire(service, callee),
        RunPumps = false,
        Configuration = new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Logging:Console:LogLevel:Default"] = "None",
            ["Souk:Keys"] = Path.Combine(Folder, "keys"),
            ["Souk:Data"] = Folder,
            ["Souk:Secrets:ProviderApi"] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
            ["Souk:Secrets:ProviderWebhook"] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
            ["Sandbox:WebhookUrl"] = "http://payment/api/payment/webhooks/sandbox",
            ["ConnectionStrings:Database"] = "Data Source=" + Path.Combine(Folder, "data", service, service + ".db"),
        },
    };

    /// <summary>A clock that goes right and shows the wrong time.</summary>
    sealed class WrongClock(TimeProvider right, TimeSpan offset) : TimeProvider
    {
        public override long TimestampFrequency => right.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => right.GetUtcNow() + offset;

        public override long GetTimestamp() => right.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            right.CreateTimer(callback, state, dueTime, period);
    }
}
