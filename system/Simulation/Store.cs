using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Souk.Cart;
using Souk.Catalog;
using Souk.Inventory;
using Souk.Notifications;
using Souk.Ordering;
using Souk.Payment;
using Souk.Sandbox;
using Souk.Shipping;

namespace Souk.Simulation;

/// <summary>
/// The whole store in a world: every service as it builds itself, with a database file of its own, and the payment
/// provider's sandbox beside them.
/// </summary>
sealed class Store
{
    const string ApiSecret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    static readonly (string Name, Func<ServiceSetup, WebApplication> Build)[] Rooms =
    [
        ("catalog", CatalogService.Build), ("inventory", InventoryService.Build), ("cart", CartService.Build),
        ("shipping", ShippingService.Build), ("sandbox", SandboxService.Build), ("payment", PaymentService.Build),
        ("ordering", OrderingService.Build), ("notifications", NotificationsService.Build),
    ];

    public Store(World world, string folder, Func<string, TimeSpan> clockOffset)
    {
        World = world;
        Folder = folder;
        Network = new WorldNetwork(world, Path.Combine(folder, "keys")) { Outside = { "sandbox" } };
        foreach (var (name, build) in Rooms) Network.Add(name, build, SettingsOf(name), clockOffset(name));
    }

    public World World { get; }

    /// <summary>Everything that it keeps; as <see cref="StoreDatabases.In"/> expects it.</summary>
    public string Folder { get; }

    public WorldNetwork Network { get; }

    public static IEnumerable<string> Services => Rooms.Select(room => room.Name);

    public void Open()
    {
        foreach (var machine in Network.Machines) machine.Start();
    }

    /// <summary>Ends every process, without a word.</summary>
    public void Close()
    {
        foreach (var machine in Network.Machines)
        {
            if (machine.Process is not { } process) continue;
            process.End();
            process.Close();
        }
    }

    /// <summary>Changes the schema of a service's database, as a release with a bug in it would have made it.</summary>
    public void Alter(string service, string sql) => World.Finished(Network[service].Process!.Services
        .GetRequiredService<Database>().WriteAsync(tx => tx.ExecuteAsync(Sql.Text(sql))));

    /// <summary>Puts products on the shelves: <c>handle,title,SKU,pieces,price,grams</c>.</summary>
    public async Task ImportAsync(params IEnumerable<string> products)
    {
        var csv = new StringBuilder("Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Grams\n");
        foreach (var product in products)
        {
            var (handle, title, rest) = (product.Split(',')[0], product.Split(',')[1], string.Join(',', product.Split(',')[2..]));
            csv.Append(CultureInfo.InvariantCulture, $"{handle},{title},true,Title,Default Title,{rest}\n");
        }
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/imports") { Content = new StringContent(csv.ToString(), Encoding.UTF8, "text/csv") };
        using var answer = await Network.SendAsync("souk", "catalog", request);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Tells the payment provider how badly to behave.</summary>
    /// <param name="switches">JSON.</param>
    public async Task TurnAsync(string switches)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/switches") { Content = new StringContent(switches, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ApiSecret);
        using var answer = await Network.SendAsync("souk", "sandbox", request);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Looks at every invariant, or at some.</summary>
    public AuditReport Audit(IReadOnlyList<ClientAnswer> record, IReadOnlySet<string>? only = null) => World.Finished(Auditing.Audit.RunAsync(
        StoreDatabases.In(Folder), new AuditOptions
        {
            Clock = new JudgesClock(World),
            Record = record,
            Only = only,
            // It stands still while it is looked at: what is not at rest is stuck, and a second look would see the same.
            WaitQuiet = only is null ? TimeSpan.FromTicks(1) : TimeSpan.Zero,
            LookAgainAfter = TimeSpan.Zero,
            Looks = 1,
        }));

    Dictionary<string, string?> SettingsOf(string service) => new()
    {
        ["Logging:LogLevel:Default"] = "None",
        ["Logging:Console:LogLevel:Default"] = "None",
        ["Souk:Keys"] = Path.Combine(Folder, "keys"),
        // Nobody signs in here.
        ["Souk:Users"] = "false",
        ["Notifications:Accounts"] = "false",
        ["Souk:Data"] = Folder,
        ["Souk:Secrets:ProviderApi"] = ApiSecret,
        ["Souk:Secrets:ProviderWebhook"] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
        ["Sandbox:WebhookUrl"] = "http://payment/api/payment/webhooks/sandbox",
        ["ConnectionStrings:Database"] = "Data Source=" + Path.Combine(Folder, "data", service, service + ".db"),
    };

    /// <summary>
    /// The world's time of day, and a stopwatch that goes on with each look at it: nothing moves while the judge looks, and one
    /// that waited for the store to come to rest by the world's own stopwatch would wait for ever.
    /// </summary>
    sealed class JudgesClock(World world) : TimeProvider
    {
        long _looks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => world.Now;

        public override long GetTimestamp() => ++_looks;
    }
}
