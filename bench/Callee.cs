using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Bench;

/// <summary>The other end of a hop, as a process of its own: bare, on the platform, a sink for telemetry, or a part of the floor of a checkout.</summary>
static class Callee
{
    static readonly byte[] Answer = """{"sku":"MUG-BLUE","availability":"in_stock","available":null}"""u8.ToArray();

    public static async Task RunAsync(string kind, CancellationToken cancellation)
    {
        await using var app = kind switch
        {
            "bare" => Bare(),
            "platform" => OnPlatform(),
            "sink" => Sink(),
            "floor-stock" or "floor-payment" or "floor-orders" => Floor.Serve(kind),
            _ => throw new ArgumentException($"Nobody serves '{kind}'.", nameof(kind)),
        };
        await app.StartAsync(cancellation);
        // Ends with the benchmark, however that ends.
        await Console.In.ReadToEndAsync(cancellation);
        await app.StopAsync(CancellationToken.None);
    }

    static WebApplication Bare()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapGet("/api/stock", WriteAsync);
        return app;
    }

    static WebApplication OnPlatform()
    {
        var app = Service.Create("callee", new ServiceSetup()).Build();
        app.MapGet("/api/stock", WriteAsync).AllowCallers("bench");
        return app;
    }

    /// <summary>Takes what OTLP sends and forgets it.</summary>
    static WebApplication Sink()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapPost("/{**path}", async (HttpContext context) => await context.Request.Body.CopyToAsync(Stream.Null));
        return app;
    }

    static Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(Answer).AsTask();
    }
}
