using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Sagas;

namespace Souk.Settings.Tests;

/// <summary>A running Settings among services made by hand; its clock and its pumps are turned by the test.</summary>
sealed class SettingsUnderTest : IAsyncDisposable
{
    readonly TestIssuer _login;

    SettingsUnderTest(TestService service, TestIssuer login, FakePeople people, FakeTimeProvider clock) =>
        (Service, _login, People, Clock) = (service, login, people, clock);

    public TestService Service { get; }

    public FakePeople People { get; }

    public FakeTimeProvider Clock { get; }

    public TestIssuer Login => _login;

    public Saga<Export> Exports => Service.App.Services.GetRequiredService<Saga<Export>>();

    public Saga<Erasure> Erasures => Service.App.Services.GetRequiredService<Saga<Erasure>>();

    public Database Database => Service.App.Services.GetRequiredService<Database>();

    public static async Task<SettingsUnderTest> StartAsync(Engine engine, params (string Key, string Value)[] settings)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var login = new TestIssuer(clock);
        var people = new FakePeople();
        var vouched = login.Vouching(new ServiceSetup
        {
            Clock = clock,
            RunPumps = false,
            Configuration = settings.ToDictionary(one => one.Key, one => (string?)one.Value),
        });
        var service = await TestService.StartAsync(SettingsService.Build, engine,
            vouched with { Network = callee => people.Network(callee, vouched.Network!(callee)) });
        var settingsService = new SettingsUnderTest(service, login, people, clock);
        await settingsService.HearLoginAsync();
        return settingsService;
    }

    public Task<Answer> GetAsync(string part, string? who = "amal") => SendAsync(HttpMethod.Get, Me + part, who: who);

    public Task<Answer> PutAsync(string part, object body, string? who = "amal", string? ifMatch = null) =>
        SendAsync(HttpMethod.Put, Me + part, JsonSerializer.Serialize(body), who, ifMatch: ifMatch);

    public Task<Answer> PutAddressAsync(string id, string city = "Berlin", bool? isDefault = null, string who = "amal", string? ifMatch = null) =>
        PutAsync("/addresses/" + id, new { name = "Amal", line1 = "Rosenweg 7", city, postalCode = "10115", country = "DE", isDefault }, who, ifMatch);

    public Task<Answer> RemoveAsync(string id, string? who = "amal", string? ifMatch = null) =>
        SendAsync(HttpMethod.Delete, Me + "/addresses/" + id, who: who, ifMatch: ifMatch);

    public Task<Answer> ConsentAsync(string purpose, bool given, string text = "2026-01", string who = "amal") =>
        PutAsync("/consents/" + purpose, new { given, textVersion = text }, who);

    public Task<Answer> ExportAsync(string key = "k", string who = "amal") => SendAsync(HttpMethod.Post, Me + "/exports", "{}", who, key);

    public Task<Answer> EraseAsync(string key = "k", string who = "amal") =>
        SendAsync(HttpMethod.Post, Me + "/erasure", """{"confirm":"erase"}""", who, key);

    public Task<Answer> ErasureAsync(string address) => SendAsync(HttpMethod.Get, address, who: null);

    public async Task<Answer> SendAsync(
        HttpMethod method, string address, string? json = null, string? who = "amal", string? key = null, string? ifMatch = null,
        string caller = "gateway")
    {
        using var http = Service.As(caller);
        if (who is not null) http.With(_login.Customer(who));
        using var request = new HttpRequestMessage(method, new Uri(Service.Address, address));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, text, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement, response.Headers);
    }

    /// <summary>Turns every pump but Login's trust until none has work and no saga runs.</summary>
    public async Task PumpAsync()
    {
        bool isBusy;
        do
        {
            isBusy = false;
            await IdleAsync();
            foreach (var pump in Service.App.Services.GetServices<IPump>().Where(pump => pump.Name != Trust))
            {
                isBusy |= await pump.StepAsync(CancellationToken.None);
                await IdleAsync();
            }
        }
        while (isBusy);
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

    /// <summary>The process ends and starts again; what Login said last is in its file.</summary>
    public Task RestartAsync() => Service.RestartAsync();

    /// <summary>What all tables together say: where a text can be looked for.</summary>
    public async Task<bool> HoldsAsync(string text) => await Database.ReadAsync(async session =>
    {
        foreach (var query in new Sql[]
        {
            $"SELECT COUNT(*) FROM person WHERE subject = {text}", $"SELECT COUNT(*) FROM address WHERE subject = {text}",
            $"SELECT COUNT(*) FROM consent WHERE subject = {text}", $"SELECT COUNT(*) FROM export WHERE subject = {text}",
            $"SELECT COUNT(*) FROM export_part WHERE content LIKE {"%" + text + "%"}", $"SELECT COUNT(*) FROM erasure WHERE subject = {text} OR orders LIKE {"%" + text + "%"}",
            $"SELECT COUNT(*) FROM erasure_answer WHERE erased LIKE {"%" + text + "%"} OR kept LIKE {"%" + text + "%"}",
            $"SELECT COUNT(*) FROM saga_move WHERE id LIKE {"%" + text + "%"} OR note LIKE {"%" + text + "%"}",
            $"SELECT COUNT(*) FROM answered_request WHERE caller LIKE {"%" + text + "%"}",
        })
        {
            if (await session.LongAsync(query) > 0) return true;
        }
        return false;
    });

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        _login.Dispose();
    }

    const string Me = "/api/settings/me";
    const string Trust = "trust of login";

    /// <summary>Waits until no saga runs; the clock goes on for calls that wait before they try again.</summary>
    async Task IdleAsync()
    {
        var idle = Task.WhenAll(Exports.IdleAsync(), Erasures.IdleAsync());
        while (!idle.IsCompleted)
        {
            await Task.WhenAny(idle, Task.Delay(2, CancellationToken.None));
            if (!idle.IsCompleted) Clock.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    async Task HearLoginAsync() =>
        await Service.App.Services.GetServices<IPump>().Single(pump => pump.Name == Trust).StepAsync(CancellationToken.None);
}

/// <summary>An answer with its JSON.</summary>
sealed record Answer(HttpStatusCode Status, string Raw, JsonElement Body, HttpResponseHeaders Headers)
{
    public string? ETag => Headers.ETag?.ToString();

    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string Address => Headers.Location!.ToString();

    public string State => Text("state")!;

    public long Version => Body.GetProperty("version").GetInt64();

    public string? Text(string name) => Body.GetProperty(name).GetString();

    public List<JsonElement> List(string name) => [.. Body.GetProperty(name).EnumerateArray()];

    /// <summary>Addresses by id and city; the default with a star.</summary>
    public string Addresses => string.Join(' ', List("items").Select(one =>
        one.GetProperty("id").GetString() + ":" + one.GetProperty("city").GetString() + (one.GetProperty("isDefault").GetBoolean() ? "*" : "")));

    /// <summary>Consents as purpose, yes or no and text.</summary>
    public string Consents(string name) => string.Join(' ', List(name).Select(one =>
        one.GetProperty("purpose").GetString() + (one.GetProperty("given").GetBoolean() ? "+" : "-") + one.GetProperty("textVersion").GetString()));

    /// <summary>The answer is a refusal with this status and code.</summary>
    public void IsRefusal(int status, string code) => Assert.Equal((status, code), ((int)Status, Code));
}
