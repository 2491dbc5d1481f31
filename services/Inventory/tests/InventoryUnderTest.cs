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

    InventoryUnderTest(TestService service, FakeFeed catalog, FakeTimeProvider clock)
    {
        Service = service;
        Catalog = catalog;
        Clock = clock;
    }

    public TestService Service { get; }

    public FakeFeed Catalog { get; }

    public FakeTimeProvider Clock { get; }

    // A new one each time: an identity is good for five minutes of a clock that tests turn, an address until a restart.
    HttpClient Souk => Service.As("souk");

    Database Database => Service.App.Services.GetRequiredService<Database>();

    public static async Task<InventoryUnderTest> StartAsync(Engine engine)
    {
        var catalog = new FakeFeed("catalog");
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var service = await TestService.StartAsync(InventoryService.Build, engine,
            new ServiceSetup { Clock = clock, Network = catalog.Network, RunPumps = false });
        return new InventoryUnderTest(service, catalog, clock);
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

    /// <summary>Promises pieces to somebody, as checkout will.</summary>
    public Task<int> ReserveAsync(string sku, long quantity) => Database.WriteAsync(
        tx => tx.ExecuteAsync($"UPDATE stock SET reserved = reserved + {quantity}, version = version + 1 WHERE sku = {sku}"));

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

    public ValueTask DisposeAsync() => Service.DisposeAsync();

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

    string NextKey() => "key-" + Interlocked.Increment(ref _keys).ToString(CultureInfo.InvariantCulture);
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, JsonElement Body)
{
    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : null;

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
