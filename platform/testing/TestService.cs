using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Testing;

/// <summary>
/// A real service on a free port of loopback, with a folder, keys and a database of its own; it can be stopped and
/// started again on the same data.
/// </summary>
/// <example><code>
/// await using var cart = await TestService.StartAsync(CartService.Build, engine);
/// var answer = await cart.Http.PostAsync("/api/cart/carts", null);
/// </code></example>
public sealed class TestService : IAsyncDisposable
{
    readonly Func<ServiceSetup, WebApplication> _build;
    readonly ServiceSetup _setup;
    readonly string _folder;
    readonly List<HttpClient> _clients = [];

    TestService(Func<ServiceSetup, WebApplication> build, ServiceSetup setup, string folder)
    {
        _build = build;
        _setup = setup;
        _folder = folder;
    }

    /// <summary>The running application.</summary>
    public WebApplication App { get; private set; } = null!;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>A client with the gateway's identity, as a public request has.</summary>
    public HttpClient Http => As("gateway");

    /// <summary>The folder with the service's keys (<c>Souk:Keys</c>); the public keys of its callers belong there too.</summary>
    public string Keys => _setup.Configuration["Souk:Keys"]!;

    /// <summary>Starts a service.</summary>
    /// <param name="build">The service's Build.</param>
    /// <param name="engine">The engine of its database; null: it gets none.</param>
    /// <param name="setup">Clock, ids, network, settings; the rest is filled in.</param>
    public static async Task<TestService> StartAsync(
        Func<ServiceSetup, WebApplication> build, Engine? engine = null, ServiceSetup? setup = null)
    {
        var folder = Directory.CreateTempSubdirectory("souk-test-").FullName;
        setup ??= new ServiceSetup();
        var settings = new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Logging:Console:LogLevel:Default"] = "None",
            ["Souk:Keys"] = Path.Combine(folder, "keys"),
            // Who tests with users has a TestIssuer.
            ["Souk:Users"] = "false",
            ["ConnectionStrings:Database"] = engine switch
            {
                Engine.Postgres => await Postgres.CreateDatabaseAsync(),
                Engine.Sqlite => "Data Source=" + Path.Combine(folder, "test.db"),
                _ => null,
            },
        };
        foreach (var (key, value) in setup.Configuration) settings[key] = value;
        var service = new TestService(build, setup with { Configuration = settings }, folder);
        try
        {
            await service.StartAsync();
            return service;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>A client with the identity of a service of the store.</summary>
    /// <param name="caller">Its name.</param>
    public HttpClient As(string caller)
    {
        var identity = new ServiceIdentity(caller, new ServiceKeys(Keys), _setup.Clock);
        var client = new HttpClient { BaseAddress = Address };
        var audience = App.Services.GetRequiredService<ServiceAbout>().Service;
        client.DefaultRequestHeaders.Add(ServiceIdentity.Header, identity.TokenFor(audience));
        _clients.Add(client);
        return client;
    }

    /// <summary>A client that shows no identity.</summary>
    public HttpClient Anonymous()
    {
        var client = new HttpClient { BaseAddress = Address };
        _clients.Add(client);
        return client;
    }

    /// <summary>Stops the service and starts it again on the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>All events of its feed after a position.</summary>
    /// <param name="reader">A service that may read it.</param>
    /// <param name="after">0: from the start.</param>
    public async Task<List<JsonElement>> EventsAsync(string reader, long after = 0)
    {
        var all = new List<JsonElement>();
        using var client = As(reader);
        while (true)
        {
            var page = await client.GetFromJsonAsync<List<JsonElement>>($"/internal/events?after={after}");
            if (page is null or []) return all;
            all.AddRange(page);
            after = long.Parse(page[^1].GetProperty("sequence").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Stops it and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var client in _clients) client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    async Task StartAsync()
    {
        App = _build(_setup);
        await App.StartAsync();
        Address = new Uri(App.Urls.First());
    }

    async Task StopAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
