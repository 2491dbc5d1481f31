using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Payment.Tests;

/// <summary>A running Payment beside a provider in memory; its clock, its pumps and the provider's faults are turned by the test.</summary>
sealed class PaymentUnderTest : IAsyncDisposable
{
    public const string Success = "pm_card_success";

    PaymentUnderTest(TestService service, FakeSandbox provider, FakeTimeProvider clock)
    {
        Service = service;
        Provider = provider;
        Clock = clock;
    }

    public TestService Service { get; }

    public FakeSandbox Provider { get; }

    public FakeTimeProvider Clock { get; }

    HttpClient Ordering => Service.As("ordering");

    public Database Database => Service.App.Services.GetRequiredService<Database>();

    public static Dictionary<string, string?> Settings => new()
    {
        ["Souk:Secrets:ProviderApi"] = FakeSandbox.ApiSecret,
        ["Souk:Secrets:ProviderWebhook"] = FakeSandbox.WebhookSecret,
    };

    public static async Task<PaymentUnderTest> StartAsync(Engine engine)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var provider = new FakeSandbox(clock);
        var service = await TestService.StartAsync(PaymentService.Build, engine,
            new ServiceSetup { Clock = clock, Network = _ => provider.Connect(), RunPumps = false, Configuration = Settings });
        return new PaymentUnderTest(service, provider, clock);
    }

    public Task<Reply> AuthorizeAsync(string order, int n = 1, long amount = 1999, string card = Success) => PutAsync(
        $"{order}/authorizations/{n}",
        $$"""{"amount":{{Eur(amount)}},"paymentMethod":"{{card}}","returnUrl":"http://localhost:8080/order/{{order}}"}""");

    public Task<Reply> CaptureAsync(string order, long amount = 1999) => PutAsync(order + "/capture", $$"""{"amount":{{Eur(amount)}}}""");

    public Task<Reply> VoidAsync(string order) => PutAsync(order + "/void", "{}");

    public Task<Reply> RefundAsync(string order, string key, long amount) =>
        PutAsync($"{order}/refunds/{key}", $$"""{"amount":{{Eur(amount)}},"reason":"returned"}""");

    public async Task<Reply> PutAsync(string path, string json) => await Reply.OfAsync(
        await Ordering.PutAsync("/internal/payments/" + path, new StringContent(json, Encoding.UTF8, "application/json")));

    public async Task<Reply> ReadAsync(string order) => await Reply.OfAsync(await Service.As("souk").GetAsync("/internal/payments/" + order));

    public async Task<Reply> ReconciliationAsync() => await Reply.OfAsync(await Service.As("souk").GetAsync("/internal/reconciliation"));

    /// <summary>A call that the provider leaves without an answer: time is turned on until Payment gives up.</summary>
    public async Task<Reply> UnansweredAsync(Func<Task<Reply>> call)
    {
        var before = Provider.Count;
        var running = call();
        await Eventually.HoldsAsync("the provider is asked", () => Provider.Count > before || running.IsCompleted);
        return await GivesUpAsync(running);
    }

    /// <summary>Time is turned on until Payment waits no longer.</summary>
    public async Task<Reply> GivesUpAsync(Task<Reply> running)
    {
        await Eventually.HoldsAsync("Payment gives up", () =>
        {
            if (!running.IsCompleted) Clock.Advance(TimeSpan.FromMilliseconds(500));
            return running.IsCompleted;
        });
        return await running;
    }

    /// <summary>A sale: authorised and taken.</summary>
    public async Task SellAsync(string order, long amount = 1999)
    {
        Assert.Equal("authorized", (await AuthorizeAsync(order, amount: amount)).State);
        Assert.Equal("captured", (await CaptureAsync(order, amount)).State);
    }

    public async Task<Reply> TellAsync(string body, string? signature = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/payment/webhooks/sandbox")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Headers.TryAddWithoutValidation("Sandbox-Signature", signature ?? FakeSandbox.Sign(body, Clock.GetUtcNow()));
        return await Reply.OfAsync(await Service.Http.SendAsync(request));
    }

    /// <summary>Time passes, and every pump has its turn, until none has work.</summary>
    public async Task SettleAsync(int rounds = 3)
    {
        for (var round = 0; round < rounds; round++)
        {
            Clock.Advance(TimeSpan.FromSeconds(20));
            foreach (var pump in Service.App.Services.GetServices<IPump>())
            {
                while (await pump.StepAsync(CancellationToken.None))
                {
                }
            }
        }
    }

    public async Task<string> StateAsync(string order) => (await ReadAsync(order)).Body.GetProperty("state").GetString()!;

    public Task<long> CountAsync(Sql sql) => Database.ReadAsync(session => session.LongAsync(sql));

    /// <summary>The published changes, as "order 1: authorized".</summary>
    public async Task<List<string>> ChangesAsync() => [.. (await Service.EventsAsync("ordering")).Select(e =>
        $"{e.GetProperty("subject").GetString()} {e.GetProperty("aggregateversion").GetInt64()}: {e.GetProperty("data").GetProperty("state").GetString()}")];

    /// <summary>
    /// What must hold at any time at rest: our books and the provider's say the same, every transaction adds up to 0, and no
    /// more was taken than agreed, or given back than taken.
    /// </summary>
    public async Task BooksAgreeAsync()
    {
        var ours = await Database.ReadAsync(session => session.QueryAsync(
            $"SELECT o.key, o.kind, o.amount FROM operation o WHERE EXISTS (SELECT 1 FROM ledger_entry l WHERE l.transaction_key = o.key)",
            row => $"{row.Text(0)} {row.Text(1)} {row.Long(2)}"));
        var theirs = Provider.Ledger.Select(line => $"{line["key"]} {line["kind"]} {line["amount"]}");
        Assert.Equal(theirs.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        Assert.Equal(0, await CountAsync($"SELECT COUNT(*) FROM (SELECT transaction_key FROM ledger_entry GROUP BY transaction_key, currency HAVING SUM(amount) <> 0) AS unbalanced"));
        Assert.Equal(0, await CountAsync($"SELECT COUNT(*) FROM payment WHERE captured > amount OR refunded > captured"));
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    static string Eur(long amount) => $$"""{"amount":{{amount}},"currency":"EUR"}""";
}

/// <summary>An answer with its JSON.</summary>
sealed record Reply(HttpStatusCode Status, JsonElement Body)
{
    public string? Code => Text("code");

    public string? State => Text("state") ?? Code;

    public string? Text(string name) => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty(name, out var value) ? value.GetString() : null;

    public static async Task<Reply> OfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            return new Reply(response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
        }
    }

    /// <summary>The answer is a refusal with this status and code.</summary>
    public void IsRefusal(int status, string code) => Assert.Equal((status, code), ((int)Status, Code));
}
