using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Shipping.Tests;

/// <summary>A running Shipping; its clock and its carrier are turned by the test.</summary>
sealed class ShippingUnderTest : IAsyncDisposable
{
    public const string Lines = """[{"sku":"MUG","quantity":2},{"sku":"TEE","quantity":1}]""";
    public const string Address = """{"name":"Ann Lee","line1":"Main St 1","city":"Berlin","postalCode":"10115","country":"DE"}""";

    int _keys;

    ShippingUnderTest(TestService service, FakeTimeProvider clock)
    {
        Service = service;
        Clock = clock;
    }

    public TestService Service { get; }

    public FakeTimeProvider Clock { get; }

    Database Database => Service.App.Services.GetRequiredService<Database>();

    public static async Task<ShippingUnderTest> StartAsync(Engine engine, params (string Key, string Value)[] settings)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var service = await TestService.StartAsync(ShippingService.Build, engine, new ServiceSetup
        {
            Clock = clock,
            RunPumps = false,
            Configuration = settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value),
        });
        return new ShippingUnderTest(service, clock);
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

    public static string Body(string? option = "\"standard\"", string? address = Address, string? grams = "1200", string? lines = Lines) =>
        $$"""{"option":{{option ?? "null"}},"address":{{address ?? "null"}},"grams":{{grams ?? "null"}},"lines":{{lines ?? "null"}}}""";

    public Task<Answer> RequestAsync(string orderId, string? body = null) =>
        SendAsync("ordering", HttpMethod.Put, "/internal/shipments/" + orderId, body ?? Body());

    public Task<Answer> CancelAsync(string orderId) =>
        SendAsync("ordering", HttpMethod.Put, $"/internal/shipments/{orderId}/cancellation", "{}");

    public Task<Answer> ReportAsync(string orderId, int no, string state, string? key = null, string note = "null") => SendAsync(
        "souk", HttpMethod.Post, $"/internal/shipments/{orderId}/parcels/{no}/events", $$"""{"state":"{{state}}","note":{{note}}}""", key ?? NextKey());

    public Task<Answer> ReadAsync(string orderId) => SendAsync("souk", HttpMethod.Get, "/internal/shipments/" + orderId);

    public Task<Answer> OptionsAsync(string query) => SendAsync("ordering", HttpMethod.Get, "/internal/options" + query);

    public Task<Answer> TrackAsync(string tracking) =>
        SendAsync("gateway", HttpMethod.Get, "/api/shipping/parcels/" + Uri.EscapeDataString(tracking));

    public async Task<Answer> SendAsync(string caller, HttpMethod method, string address, string? json = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, address);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        // A new client each time: an identity is good for five minutes of a clock that tests turn.
        using var response = await Service.As(caller).SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, JsonDocument.Parse(body).RootElement);
    }

    /// <summary>The published changes, as "o1/1: requested, requested requested".</summary>
    public async Task<List<string>> ChangesAsync() =>
        [.. (await Service.EventsAsync("ordering")).Select(e =>
        {
            Assert.Equal("ShipmentChanged", e.GetProperty("type").GetString());
            Assert.Equal(e.GetProperty("subject").GetString(), e.GetProperty("data").GetProperty("orderId").GetString());
            return $"{e.GetProperty("id").GetString()}: {new Answer(HttpStatusCode.OK, e.GetProperty("data")).Shown}";
        })];

    public Task<long> CountAsync(Sql from) => Database.ReadAsync(session => session.LongAsync($"SELECT COUNT(*) FROM {from}"));

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    string NextKey() => "key-" + Interlocked.Increment(ref _keys).ToString(CultureInfo.InvariantCulture);
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, JsonElement Body)
{
    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string? State => Body.GetProperty("state").GetString();

    public List<string> Tracking => [.. Body.GetProperty("parcels").EnumerateArray().Select(parcel => parcel.GetProperty("tracking").GetString()!)];

    /// <summary>"in_transit, handed_over in_transit": the shipment and its parcels in order.</summary>
    public string Shown => $"{State}, " + string.Join(' ', Body.GetProperty("parcels").EnumerateArray().Select((parcel, index) =>
    {
        Assert.Equal(index + 1, parcel.GetProperty("no").GetInt32());
        return parcel.GetProperty("state").GetString();
    }));

    public void IsRefusal(int status, string code) => Assert.Equal((status, code), ((int)Status, Code));
}
