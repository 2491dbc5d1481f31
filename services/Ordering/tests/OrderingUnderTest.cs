using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Sagas;

namespace Souk.Ordering.Tests;

/// <summary>A running Ordering among neighbours made by hand; its clock and its pumps are turned by the test.</summary>
sealed class OrderingUnderTest : IAsyncDisposable
{
    readonly Dictionary<string, (HttpClient Http, DateTimeOffset Since)> _clients = [];

    OrderingUnderTest(TestService service, TestIssuer login, FakeStore store, FakeTimeProvider clock)
    {
        Service = service;
        Login = login;
        Store = store;
        Clock = clock;
    }

    public TestService Service { get; }

    public TestIssuer Login { get; }

    public FakeStore Store { get; }

    public FakeTimeProvider Clock { get; }

    public Saga<Order> Checkouts => Service.App.Services.GetRequiredService<Saga<Order>>();

    public Saga<Refund> Refunds => Service.App.Services.GetRequiredService<Saga<Refund>>();

    public Database Database => Service.App.Services.GetRequiredService<Database>();

    /// <param name="engine">Of its database.</param>
    /// <param name="clockOffset">How far its neighbours' clocks are from its own.</param>
    public static async Task<OrderingUnderTest> StartAsync(Engine engine, TimeSpan clockOffset = default)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var store = new FakeStore(clock, clockOffset);
        var login = new TestIssuer(clock) { Waits = false };
        var service = await TestService.StartAsync(OrderingService.Build, engine,
            login.Vouching(new ServiceSetup { Clock = clock, Network = store.Network, RunPumps = false }));
        var ordering = new OrderingUnderTest(service, login, store, clock);
        await service.App.Services.GetServices<IPump>().Single(pump => pump.Name == "trust of login").StepAsync(CancellationToken.None);
        return ordering;
    }

    public Task<Answer> QuoteAsync(string cart, string country = "DE", string? option = null) =>
        SendAsync(HttpMethod.Post, "/api/ordering/quotes", Json(new { cartId = cart, country, shippingOption = option }));

    /// <summary>What a shopper sends for a quote.</summary>
    public static string OrderJson(Answer quote, string paymentMethod = "pm_card_success") => Json(new
    {
        cartId = quote.Text("cartId"),
        cartVersion = quote.Body.GetProperty("cartVersion").GetInt64(),
        quoteHash = quote.Text("quoteHash"),
        email = "ada@example.com",
        shippingAddress = new { name = "Ada", line1 = "Street 1", city = "Berlin", postalCode = "10115", country = "DE" },
        shippingOption = quote.Text("shippingOption"),
        paymentMethod,
    });

    public async Task<Answer> OrderAsync(string cart, string paymentMethod = "pm_card_success", string? key = null) =>
        await PlaceAsync(OrderJson(await QuoteAsync(cart), paymentMethod), key ?? "key of " + cart);

    public Task<Answer> PlaceAsync(string json, string? key, string? token = null, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Post, "/api/ordering/orders", json, key, cancellation: cancellation, token: token);

    /// <summary>Whoever a token is of orders a mug.</summary>
    public async Task<Answer> OrderForAsync(string token, string paymentMethod = "pm_card_success")
    {
        var cart = Store.AddCart(("MUG", 2, 500));
        var quote = await SendAsync(HttpMethod.Post, "/api/ordering/quotes", Json(new { cartId = cart, country = "DE" }), token: token);
        return await PlaceAsync(OrderJson(quote, paymentMethod), "key of " + cart, token: token);
    }

    /// <summary>Waits until a call has come whose line holds a text.</summary>
    public Task UntilCalledAsync(string text) => Eventually.HoldsAsync("a call of " + text, () => Store.HasCall(text));

    /// <summary>Orders a mug and a tee; the answer's id.</summary>
    public async Task<string> PlacedAsync(string paymentMethod = "pm_card_success") =>
        (await OrderAsync(Store.AddCart(("MUG", 2, 500), ("TEE", 1, 1999)), paymentMethod)).Id;

    public Task<Answer> ReadAsync(string id, string query = "") => SendAsync(HttpMethod.Get, $"/api/ordering/orders/{id}{query}");

    public Task<Answer> CancelAsync(string id) => SendAsync(HttpMethod.Post, $"/api/ordering/orders/{id}/cancel");

    public Task<Answer> PayAgainAsync(string id, string paymentMethod, string key) =>
        SendAsync(HttpMethod.Post, $"/api/ordering/orders/{id}/payments", Json(new { paymentMethod }), key);

    public Task<Answer> RefundAsync(string id, object refund, string key = "refund") =>
        SendAsync(HttpMethod.Post, $"/api/ordering/orders/{id}/refunds", Json(refund), key, caller: "console");

    public async Task<Answer> SendAsync(HttpMethod method, string address, string? json = null, string? key = null, string caller = "gateway",
        string? token = null, CancellationToken cancellation = default)
    {
        var http = ClientOf(caller);
        using var request = new HttpRequestMessage(method, new Uri(Service.Address, address));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await http.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return new Answer(response.StatusCode, text, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement, response.Headers);
    }

    /// <summary>A client whose identity is still young enough.</summary>
    HttpClient ClientOf(string caller)
    {
        lock (_clients)
        {
            var now = Clock.GetUtcNow();
            if (_clients.TryGetValue(caller, out var known) && now - known.Since < TimeSpan.FromMinutes(2)) return known.Http;
            _clients[caller] = (Service.As(caller), now);
            return _clients[caller].Http;
        }
    }

    /// <summary>Turns every pump until none has work and no saga runs.</summary>
    public async Task PumpAsync()
    {
        bool isBusy;
        do
        {
            isBusy = false;
            foreach (var pump in Service.App.Services.GetServices<IPump>()) isBusy |= await pump.StepAsync(CancellationToken.None);
            await IdleAsync();
        }
        while (isBusy);
    }

    /// <summary>Waits until no saga runs; the clock goes on for those that hang.</summary>
    public async Task IdleAsync()
    {
        var idle = Task.WhenAll(Checkouts.IdleAsync(), Refunds.IdleAsync());
        while (!idle.IsCompleted)
        {
            await Task.WhenAny(idle, Task.Delay(2, CancellationToken.None));
            if (!idle.IsCompleted) Clock.Advance(TimeSpan.FromMilliseconds(500));
        }
    }

    /// <summary>Waits for an answer; time passes only while nothing else does.</summary>
    public async Task<Answer> WhileTimePassesAsync(Task<Answer> answer)
    {
        while (!answer.IsCompleted)
        {
            await Task.WhenAny(answer, Task.Delay(20, CancellationToken.None));
            if (!answer.IsCompleted) Clock.Advance(TimeSpan.FromMilliseconds(110));
        }
        return await answer;
    }

    /// <summary>Lets time pass, a piece at a time, with the pumps turning.</summary>
    public async Task PassAsync(TimeSpan length, int pieces = 4)
    {
        await PumpAsync();
        for (var piece = 0; piece < pieces; piece++)
        {
            Clock.Advance(length / pieces);
            await PumpAsync();
        }
    }

    /// <summary>Lets time pass until the order has ended, by itself.</summary>
    public async Task<Answer> EndAsync(string id)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            await PumpAsync();
            var order = await ReadAsync(id);
            if (order.State is "Completed" or "Rejected" or "Cancelled" or "NeedsAttention") return order;
            Clock.Advance(TimeSpan.FromSeconds(Math.Min(31 << Math.Min(tries, 10), 960)));
        }
        throw new TimeoutException("The order never ended: " + (await ReadAsync(id)).Raw);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Login.Dispose();
    }

    static string Json(object value) => JsonSerializer.Serialize(value);
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, string Raw, JsonElement Body, HttpResponseHeaders Headers)
{
    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string Id => Text("id");

    public string State => Text("state");

    public string Outcome => Text("outcome");

    public long Version => Body.GetProperty("version").GetInt64();

    public List<string> History => [.. Body.GetProperty("history").EnumerateArray().Select(move => move.GetProperty("state").GetString()!)];

    public string Text(string name) => Body.TryGetProperty(name, out var text) ? text.GetString()!
        : throw new InvalidOperationException($"The answer {(int)Status} has no {name}: {Raw}");

    public long Amount(string name) => Body.GetProperty(name).GetProperty("amount").GetInt64();

    /// <summary>The answer is a refusal with this status and code.</summary>
    public void IsRefusal(int status, string code) => Assert.Equal((status, code), ((int)Status, Code));
}
