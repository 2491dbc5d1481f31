using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Cart.Tests;

/// <summary>A running Cart beside a catalogue made by hand; its clock and its pumps are turned by the test.</summary>
sealed class CartUnderTest : IAsyncDisposable
{
    readonly TestService _service;

    CartUnderTest(TestService service, TestIssuer login, FakeFeed catalog, FakeTimeProvider clock)
    {
        _service = service;
        Login = login;
        Catalog = catalog;
        Clock = clock;
    }

    public TestIssuer Login { get; }

    public FakeFeed Catalog { get; }

    public FakeTimeProvider Clock { get; }

    public TestService Service => _service;

    public CartStore Store => _service.App.Services.GetRequiredService<CartStore>();

    public Database Database => _service.App.Services.GetRequiredService<Database>();

    public static async Task<CartUnderTest> StartAsync(Engine engine)
    {
        var catalog = new FakeFeed("catalog");
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var login = new TestIssuer(clock) { Waits = false };
        var service = await TestService.StartAsync(CartService.Build, engine,
            login.Vouching(new ServiceSetup { Clock = clock, Network = catalog.Network, RunPumps = false }));
        var cart = new CartUnderTest(service, login, catalog, clock);
        await cart.PumpAsync();
        return cart;
    }

    /// <summary>Catalog sells a product, and Cart has heard of it.</summary>
    public async Task SellAsync(string handle, params (string Sku, long Price)[] variants)
    {
        Catalog.Add("ProductPut", handle, ProductPut(handle, variants));
        await PumpAsync();
    }

    public async Task WithdrawAsync(string handle)
    {
        Catalog.Add("ProductWithdrawn", handle, JsonSerializer.Serialize(new { handle, skus = Array.Empty<string>() }));
        await PumpAsync();
    }

    /// <summary>Turns every pump until none has work.</summary>
    public async Task PumpAsync()
    {
        foreach (var pump in _service.App.Services.GetServices<IPump>())
        {
            while (await pump.StepAsync(CancellationToken.None))
            {
            }
        }
    }

    public async Task<string> NewCartAsync() => (await CreateAsync()).Body.GetProperty("id").GetString()!;

    public Task<Answer> CreateAsync() => SendAsync(HttpMethod.Post, "/api/cart/carts");

    public Task<Answer> ReadAsync(string id) => SendAsync(HttpMethod.Get, CartAddress(id));

    public Task<Answer> PutAsync(string id, string sku, int quantity, string? ifMatch = null) =>
        PutBodyAsync(id, sku, $$"""{"quantity":{{quantity}}}""", ifMatch);

    public Task<Answer> PutBodyAsync(string id, string sku, string json, string? ifMatch = null) =>
        SendAsync(HttpMethod.Put, LineAddress(id, sku), json, ifMatch);

    public Task<Answer> RemoveAsync(string id, string sku, string? ifMatch = null) =>
        SendAsync(HttpMethod.Delete, LineAddress(id, sku), json: null, ifMatch);

    /// <summary>The cart of whoever a token is of.</summary>
    public Task<Answer> OwnAsync(string token) => SendAsync(HttpMethod.Get, "/api/cart/carts/mine", token: token);

    public Task<Answer> ClaimAsync(string id, string token) => SendAsync(HttpMethod.Post, CartAddress(id) + "/claim", token: token);

    /// <summary>The cart as Ordering reads it.</summary>
    public Task<Answer> ReadForOrderAsync(string id) =>
        SendAsync(HttpMethod.Get, "/internal/carts/" + Uri.EscapeDataString(id), caller: "ordering");

    /// <summary>Ordering takes out what was ordered.</summary>
    public Task<Answer> CheckOutAsync(string order, string id, long version, params (string Sku, int Quantity)[] lines) =>
        CheckOutAsync(order, JsonSerializer.Serialize(new
        {
            cartId = id,
            cartVersion = version,
            lines = lines.Select(line => new { sku = line.Sku, quantity = line.Quantity }),
        }));

    public Task<Answer> CheckOutAsync(string order, string json) =>
        SendAsync(HttpMethod.Put, "/internal/checkouts/" + order, json, caller: "ordering");

    public async Task<Answer> SendAsync(
        HttpMethod method, string address, string? json = null, string? ifMatch = null, string caller = "gateway",
        string? token = null)
    {
        using var http = _service.As(caller);
        if (token is not null) http.With(token);
        using var request = new HttpRequestMessage(method, new Uri(_service.Address, address));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, body.Length == 0 ? default : JsonDocument.Parse(body).RootElement, response.Headers);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        Login.Dispose();
    }

    public static string ProductPut(string handle, params (string Sku, long Price)[] variants) => JsonSerializer.Serialize(new
    {
        handle,
        title = "The " + handle,
        vendor = "Acme",
        category = "Things",
        published = true,
        image = new { src = $"/api/catalog/images/{handle}.svg", alt = "A picture" },
        variants = variants.Select(variant => new
        {
            sku = variant.Sku,
            title = "Blue",
            price = new { amount = variant.Price, currency = "EUR" },
            compareAtPrice = (object?)null,
            image = (object?)null,
            initialQuantity = 5,
            grams = variant.Price + 1,
        }),
    });

    static string CartAddress(string id) => "/api/cart/carts/" + Uri.EscapeDataString(id);

    static string LineAddress(string id, string sku) => $"{CartAddress(id)}/lines/{Uri.EscapeDataString(sku)}";
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers)
{
    public string? ETag => Headers.ETag?.ToString();

    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public long Version => Body.GetProperty("version").GetInt64();

    public long Total => Body.GetProperty("total").GetProperty("amount").GetInt64();

    public List<JsonElement> Lines => [.. Body.GetProperty("lines").EnumerateArray()];

    /// <summary>The lines as SKU and quantity.</summary>
    public List<(string Sku, int Quantity)> Quantities =>
        [.. Lines.Select(line => (line.GetProperty("sku").GetString()!, line.GetProperty("quantity").GetInt32()))];

    /// <summary>The answer is a refusal with this status and code.</summary>
    public void IsRefusal(int status, string code) => Assert.Equal((status, code), ((int)Status, Code));
}
