using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Inventory.Tests;

/// <summary>A running Inventory beside a catalogue made by hand; its clock and its feed are turned by the test.</summary>
sealed class InventoryUnderTest : IAsyncDisposable
{
    int _keys;
    (HttpClient Http, DateTimeOffset Made)? _ordering;

    InventoryUnderTest(TestService service, TestIssuer login, FakeFeed catalog, FakeTimeProvider clock)
    {
        Login = login;
        Service = service;
        Catalog = catalog;
        Clock = clock;
    }

    public TestService Service { get; }

    public TestIssuer Login { get; }

    public FakeFeed Catalog { get; }

    public FakeTimeProvider Clock { get; }

    // A new one each time: an identity is good for five minutes of a clock that tests turn, an address until a restart.
    HttpClient Souk => Service.As("souk");

    // One for all: a thousand buyers come through one door.
    HttpClient Ordering
    {
        get
        {
            var now = Clock.GetUtcNow();
            if (_ordering is { } known && now - known.Made < TimeSpan.FromMinutes(1)) return known.Http;
            _ordering = (Service.As("ordering"), now);
            return _ordering.Value.Http;
        }
    }

    Database Database => Service.App.Services.GetRequiredService<Database>();

    public static async Task<InventoryUnderTest> StartAsync(Engine engine)
    {
        var catalog = new FakeFeed("catalog");
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var login = new TestIssuer(clock) { Waits = false };
        var service = await TestService.StartAsync(InventoryService.Build, engine,
            login.Vouching(new ServiceSetup
            {
                Clock = clock,
                Network = catalog.Network,
                RunPumps = false,
                // A thousand buyers at once are answered, not sent away.
                Configuration = new Dictionary<string, string?> { ["Souk:InFlightMax"] = "2000" },
            }));
        var inventory = new InventoryUnderTest(service, login, catalog, clock);
        await inventory.PumpAsync();
        return inventory;
    }

    /// <summary>The catalogue lists a product, and Inventory has heard of it.</summary>
    public async Task ListAsync(string handle, params (string Sku, long Quantity)[] variants)
    {
        Catalog.Add("ProductPut", handle, ProductPut(handle, variants));
        await PumpAsync();
    }

    /// <summary>Turns every pump until none has work.</summary>
    public async Task PumpAsync()
    {
        foreach (var pump in Service.App.Services.GetServices<IPump>())
        {
            while (await pump.StepAsync(CancellationToken.None))
            {
            }
        }
    }

    /// <summary>Promises pieces to nobody, straight in the table.</summary>
    public Task<int> PromiseAsync(string sku, long quantity) => ExecuteAsync(
        $"UPDATE stock SET reserved = reserved + {quantity}, version = version + 1 WHERE sku = {sku}");

    /// <summary>Ordering reserves; without a hold until it is released.</summary>
    public Task<Answer> ReserveAsync(string orderId, int? hold, params (string Sku, long Quantity)[] lines) =>
        PutAsync($"reservations/{Uri.EscapeDataString(orderId)}", new { lines = Lines(lines), holdSeconds = hold });

    /// <summary>Ordering moves its reservation on.</summary>
    public Task<Answer> MoveAsync(string orderId, string state, int? hold = null) =>
        PutAsync($"reservations/{Uri.EscapeDataString(orderId)}/state", new { state, holdSeconds = hold });

    /// <summary>Ordering puts pieces back.</summary>
    public Task<Answer> RestockAsync(string key, string orderId, params (string Sku, long Quantity)[] lines) =>
        PutAsync($"restocks/{Uri.EscapeDataString(key)}", new { orderId, lines = Lines(lines) });

    public Task<Answer> PutAsync<T>(string address, T body) => PutJsonAsync(address, JsonSerializer.Serialize(body));

    public async Task<Answer> PutJsonAsync(string address, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await Answer.OfAsync(await Ordering.PutAsync("/internal/" + address, content));
    }

    public async Task<Answer> ReservationAsync(string orderId) =>
        await Answer.OfAsync(await Ordering.GetAsync("/internal/reservations/" + Uri.EscapeDataString(orderId)));

    /// <summary>Time passes, and what was held too long is given back.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await PumpAsync();
    }

    public Task<long> CountAsync(Sql sql) => Database.ReadAsync(session => session.LongAsync(sql));

    /// <summary>What must hold always: nothing promised that nobody has, nothing sold that never came in, no piece without a story.</summary>
    public async Task IsWholeAsync()
    {
        Assert.Equal(0, await CountAsync($"""
            SELECT COUNT(*) FROM stock WHERE reserved <> (SELECT COALESCE(SUM(line.quantity), 0)
                FROM reservation_line line JOIN reservation ON reservation.order_id = line.order_id
                WHERE line.sku = stock.sku AND reservation.state IN ('Held', 'Pinned'))
            """));
        Assert.Equal(0, await CountAsync($"""
            SELECT COUNT(*) FROM stock WHERE on_hand <> (SELECT SUM(on_hand_after - on_hand_before)
                FROM stock_audit WHERE stock_audit.sku = stock.sku)
            """));
        Assert.Equal(0, await CountAsync($"""
            SELECT COUNT(*) FROM stock WHERE (SELECT COALESCE(SUM(on_hand_before - on_hand_after), 0)
                FROM stock_audit WHERE stock_audit.sku = stock.sku AND kind IN ('sale', 'restock'))
            <> (SELECT COALESCE(SUM(line.quantity), 0)
                FROM reservation_line line JOIN reservation ON reservation.order_id = line.order_id
                WHERE line.sku = stock.sku AND reservation.state = 'Committed')
             - (SELECT COALESCE(SUM(quantity), 0) FROM restock_line WHERE restock_line.sku = stock.sku)
            """));
        Assert.Equal(0, await CountAsync($"""
            SELECT COUNT(*) FROM stock WHERE reserved + (SELECT COALESCE(SUM(on_hand_before - on_hand_after), 0)
                FROM stock_audit WHERE stock_audit.sku = stock.sku AND kind IN ('sale', 'restock'))
            > (SELECT SUM(on_hand_after - on_hand_before)
                FROM stock_audit WHERE stock_audit.sku = stock.sku AND kind NOT IN ('sale', 'restock'))
            """));
    }

    public Task<int> ExecuteAsync(Sql sql) => Database.WriteAsync(tx => tx.ExecuteAsync(sql));

    public Task<Answer> ReceiveAsync(string sku, long quantity, string? key = null) =>
        PostAsync(sku, "receipts", $$"""{"quantity":{{quantity}},"reason":"Delivery 1"}""", key ?? NextKey());

    public Task<Answer> CorrectAsync(string sku, long onHand, string? key = null) =>
        PostAsync(sku, "corrections", $$"""{"onHand":{{onHand}},"reason":"Counted"}""", key ?? NextKey());

    public async Task<Answer> PostAsync(string sku, string what, string json, params string[] keys)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/internal/stock/{Uri.EscapeDataString(sku)}/{what}")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        foreach (var key in keys) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await Answer.OfAsync(await Souk.SendAsync(request));
    }

    public async Task<Answer> StockAsync(string sku) =>
        await Answer.OfAsync(await Souk.GetAsync($"/internal/stock/{Uri.EscapeDataString(sku)}"));

    public async Task<List<JsonElement>> AuditAsync(string sku) =>
        [.. (await Answer.OfAsync(await Souk.GetAsync($"/internal/stock/{Uri.EscapeDataString(sku)}/audit")))
            .Body.GetProperty("items").EnumerateArray()];

    public async Task<Answer> AvailabilityAsync(string query) =>
        await Answer.OfAsync(await Service.Http.GetAsync("/api/inventory/stock" + query));

    /// <summary>What a shopper sees of one SKU, as "low 3".</summary>
    public async Task<string> ShownAsync(string sku)
    {
        var answer = await AvailabilityAsync("?sku=" + Uri.EscapeDataString(sku));
        return Answer.Shown(answer.Body.GetProperty("items")[0]);
    }

    /// <summary>The published changes of one SKU, as "1: low 3".</summary>
    public async Task<List<string>> ChangesAsync(string? sku = null)
    {
        var events = await Service.EventsAsync("cart");
        Assert.All(events, e => Assert.Equal("StockChanged", e.GetProperty("type").GetString()));
        return [.. events.Where(e => sku is null || e.GetProperty("subject").GetString() == sku)
            .Select(e => $"{e.GetProperty("aggregateversion").GetInt64()}: {Answer.Shown(e.GetProperty("data"))}")];
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Login.Dispose();
    }

    public static string ProductPut(string handle, params (string Sku, long Quantity)[] variants) => JsonSerializer.Serialize(new
    {
        handle,
        title = "The " + handle,
        variants = variants.Select(variant => new
        {
            sku = variant.Sku,
            title = "Blue",
            price = new { amount = 100, currency = "EUR" },
            initialQuantity = variant.Quantity,
        }),
    });

    static object[] Lines((string Sku, long Quantity)[] lines) =>
        [.. lines.Select(line => new { sku = line.Sku, quantity = line.Quantity })];

    string NextKey() => "key-" + Interlocked.Increment(ref _keys).ToString(CultureInfo.InvariantCulture);
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, JsonElement Body)
{
    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary>What a reservation is, or why not: "held", "inventory.reservation.expired".</summary>
    public string State => Code ?? Body.GetProperty("state").GetString()!;

    /// <summary>The SKUs that are short.</summary>
    public IEnumerable<string?> Skus => Body.GetProperty("skus").EnumerateArray().Select(sku => sku.GetString());

    /// <summary>On hand, reserved and version.</summary>
    public (long OnHand, long Reserved, long Version) Stock => (
        Body.GetProperty("onHand").GetInt64(), Body.GetProperty("reserved").GetInt64(), Body.GetProperty("version").GetInt64());

    public static async Task<Answer> OfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return new Answer(response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
        }
    }

    /// <summary>The answer is a refusal with this status and code.</summary>
    public void IsRefusal(int status, string code) => Assert.Equal((status, code), ((int)Status, Code));

    /// <summary>"in_stock", "low 3", "out_of_stock 0", "unknown".</summary>
    public static string Shown(JsonElement item) =>
        $"{item.GetProperty("availability").GetString()} {item.GetProperty("available")}".TrimEnd();
}
