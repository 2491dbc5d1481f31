using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Souk.Platform.Hosting;

namespace Souk.Gateway.Tests;

/// <summary>A gateway on a free port with the services behind it that a test names, each a tiny server.</summary>
sealed class House : IAsyncDisposable
{
    readonly Dictionary<string, List<string>> _addresses = [];
    readonly List<string> _names = [];
    readonly Dictionary<string, string?> _settings = [];
    readonly List<Upstream> _upstreams = [];
    readonly string _endpoints = Path.Combine(Directory.CreateTempSubdirectory("souk-gateway-").FullName, "endpoints.json");

    /// <summary>The gateway.</summary>
    public TestService Gateway { get; private set; } = null!;

    /// <summary>Somebody outside.</summary>
    public HttpClient Outside { get; private set; } = null!;

    /// <summary>Requests that reached any service.</summary>
    public int Hits => _upstreams.Sum(upstream => upstream.Requests.Count);

    /// <summary>Changes a setting of the gateway; before its start.</summary>
    public House With(string setting, string value)
    {
        _settings[setting] = value;
        return this;
    }

    /// <summary>The gateway's clock; before its start.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Adds a replica of a service; it answers 200 with nothing, or as told.</summary>
    public async Task<Upstream> AddAsync(string service, RequestDelegate? answer = null)
    {
        var upstream = await Upstream.StartAsync(answer ?? (_ => Task.CompletedTask));
        _upstreams.Add(upstream);
        Announce(service, upstream.Address);
        return upstream;
    }

    /// <summary>Adds an address to the endpoints file, which the gateway watches.</summary>
    public void Announce(string service, string address)
    {
        if (!_addresses.TryGetValue(service, out var addresses)) _addresses[service] = addresses = [];
        addresses.Add(address);
        Write();
    }

    /// <summary>Says that there is such a service, of which no replica is ready.</summary>
    public House Naming(string service)
    {
        _names.Add(service);
        return this;
    }

    /// <summary>Takes a service out of the endpoints file, as the launcher does when none of its replicas is ready.</summary>
    public void Withdraw(string service)
    {
        _addresses.Remove(service);
        Write();
    }

    public async Task<House> StartAsync()
    {
        if (!File.Exists(_endpoints)) Write();
        _settings["Souk:Endpoints"] = _endpoints;
        Gateway = await TestService.StartAsync(GatewayService.Build, null, new ServiceSetup { Configuration = _settings, Clock = Clock });
        Outside = Gateway.Anonymous();
        return this;
    }

    /// <summary>A house with a cart and a storefront.</summary>
    public static async Task<House> OpenAsync(RequestDelegate? answer = null)
    {
        var house = new House();
        await house.AddAsync("cart", answer);
        await house.AddAsync("storefront", answer);
        return await house.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (var upstream in _upstreams) await upstream.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_endpoints)!, recursive: true);
    }

    void Write()
    {
        var services = _addresses.Select(service =>
            $"\"{service.Key}\": {{ \"http\": [{string.Join(',', service.Value.Select(address => $"\"{address}\""))}] }}");
        File.WriteAllText(_endpoints + ".new", $"{{ \"Services\": {{ {string.Join(',', services)} }}, \"Souk\": {{ \"Names\": [{string.Join(',', _names.Select(name => $"\"{name}\""))}] }} }}");
        File.Move(_endpoints + ".new", _endpoints, overwrite: true);
    }
}

/// <summary>A request as a service saw it.</summary>
sealed record Seen(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A tiny server that notes what it was asked.</summary>
sealed class Upstream : IAsyncDisposable
{
    readonly WebApplication _app;

    Upstream(WebApplication app) => _app = app;

    public ConcurrentQueue<Seen> Requests { get; } = [];

    public Seen Last => Requests.Last();

    public string Address => _app.Urls.First();

    public static async Task<Upstream> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        var app = builder.Build();
        var upstream = new Upstream(app);
        app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body, leaveOpen: true);
            var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            var headers = context.Request.Headers.ToDictionary(
                header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            upstream.Requests.Enqueue(new Seen(context.Request.Method, target, headers, await body.ReadToEndAsync()));
            await answer(context);
        });
        await app.StartAsync();
        return upstream;
    }

    public async Task StopAsync() => await _app.StopAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
