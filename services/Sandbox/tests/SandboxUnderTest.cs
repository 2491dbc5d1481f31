using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Sandbox.Tests;

/// <summary>A running provider and a shop that takes its webhooks; its clock, its dice and its pump are turned by the test.</summary>
sealed class SandboxUnderTest : IAsyncDisposable
{
    public const string ApiSecret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    public const string WebhookSecret = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

    SandboxUnderTest(TestService service, Shop shop, FakeTimeProvider clock, Dice dice)
    {
        Service = service;
        Shop = shop;
        Clock = clock;
        Dice = dice;
    }

    public TestService Service { get; }

    public Shop Shop { get; }

    public FakeTimeProvider Clock { get; }

    public Dice Dice { get; }

    public Database Database => Service.App.Services.GetRequiredService<Database>();

    public static async Task<SandboxUnderTest> StartAsync(Engine engine)
    {
        var (shop, dice) = (new Shop(), new Dice());
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var service = await TestService.StartAsync(SandboxService.Build, engine, new ServiceSetup
        {
            Clock = clock,
            Ids = dice,
            Network = _ => shop,
            RunPumps = false,
            Configuration = new Dictionary<string, string?>
            {
                ["Souk:Secrets:ProviderApi"] = ApiSecret,
                ["Souk:Secrets:ProviderWebhook"] = WebhookSecret,
            },
        });
        return new SandboxUnderTest(service, shop, clock, dice);
    }

    public Task<Answer> AuthorizeAsync(
        string key, string card = "pm_card_success", long amount = 1999, string? reference = null, string? returnUrl = null,
        CancellationToken cancellation = default) => PostAsync("/v1/authorizations", key, JsonSerializer.Serialize(new
        {
            reference = reference ?? key,
            amount,
            currency = "EUR",
            paymentMethod = card,
            returnUrl = returnUrl ?? "http://localhost:8080/orders/1",
        }), cancellation);

    public Task<Answer> CaptureAsync(string id, string key, long amount = 1999) =>
        PostAsync($"/v1/authorizations/{id}/captures", key, $$"""{"amount":{{amount}}}""");

    public Task<Answer> RefundAsync(string id, string key, long amount) =>
        PostAsync($"/v1/authorizations/{id}/refunds", key, $$"""{"amount":{{amount}}}""");

    public Task<Answer> VoidAsync(string id, string key) => PostAsync($"/v1/authorizations/{id}/voids", key, "{}");

    public Task<Answer> TurnAsync(string switches) => SendAsync(HttpMethod.Put, "/v1/switches", switches);

    public Task<Answer> GetAsync(string address) => SendAsync(HttpMethod.Get, address);

    public Task<Answer> PostAsync(string address, string key, string json, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Post, address, json, key, cancellation: cancellation);

    public async Task<Answer> SendAsync(
        HttpMethod method, string address, string? json = null, string? key = null, string? secret = ApiSecret, CancellationToken cancellation = default)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(Service.Address, address));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (secret is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var response = await http.SendAsync(request, cancellation);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
    }

    /// <summary>A browser at the provider's pages: it follows no redirect, so that the test sees it.</summary>
    public async Task<(HttpResponseMessage Response, string Html)> BrowseAsync(
        string address, Dictionary<string, string>? form = null, string? fetchSite = "same-origin")
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(form is null ? HttpMethod.Get : HttpMethod.Post, new Uri(Service.Address, address));
        if (form is not null) request.Content = new FormUrlEncodedContent(form);
        if (fetchSite is not null) request.Headers.Add("Sec-Fetch-Site", fetchSite);
        var response = await http.SendAsync(request);
        return (response, await response.Content.ReadAsStringAsync());
    }

    /// <summary>One turn of the pump.</summary>
    public Task<bool> PumpOnceAsync() =>
        Service.App.Services.GetServices<IPump>().First(pump => pump.Name == "webhooks").StepAsync(CancellationToken.None);

    public async Task PumpAsync()
    {
        while (await PumpOnceAsync())
        {
        }
    }

    /// <summary>The ledger as (key, kind, amount).</summary>
    public async Task<List<(string Key, string Kind, long Amount)>> LedgerAsync(long after = 0) =>
        [.. (await GetAsync($"/v1/ledger?after={after}")).Body.GetProperty("items").EnumerateArray().Select(entry =>
            (entry.GetProperty("key").GetString()!, entry.GetProperty("kind").GetString()!, entry.GetProperty("amount").GetInt64()))];

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, string Text)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    public string Id => Body.GetProperty("id").GetString()!;

    public string State => Body.GetProperty("state").GetString()!;

    public void IsRefusal(int status, string code) => Assert.Equal((status, code), ((int)Status, Body.GetProperty("code").GetString()));
}

/// <summary>The shop's end of the webhooks.</summary>
sealed class Shop : HttpMessageHandler
{
    public ConcurrentQueue<(string Signature, string Body)> Received { get; } = [];

    public HttpStatusCode Answers { get; set; } = HttpStatusCode.OK;

    /// <summary>The types received, in order.</summary>
    public List<string> Types => [.. Received.Select(webhook =>
        JsonDocument.Parse(webhook.Body).RootElement.GetProperty("type").GetString()!.Replace("authorization.", "", StringComparison.Ordinal))];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Assert.Equal("http://localhost:8080/api/payment/webhooks/sandbox", request.RequestUri!.ToString());
        Received.Enqueue((request.Headers.GetValues("Sandbox-Signature").Single(), await request.Content!.ReadAsStringAsync(cancellationToken)));
        return new HttpResponseMessage(Answers);
    }
}

/// <summary>Ids that count, and chance that the test sets.</summary>
sealed class Dice : IIdSource
{
    int _ids;

    public double Next { get; set; } = 0.5;

    public string NewId() => Interlocked.Increment(ref _ids).ToString("D8", CultureInfo.InvariantCulture);

    public double NextDouble() => Next;
}
