using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Data;
using Souk.Platform.Events;
using Souk.Platform.Security;

namespace Souk.Platform.Hosting;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: give it requests (503 before the start is done,
/// while draining and without its database). <c>/health/detail</c>: figures for the launcher and the console.
/// </summary>
static class Health
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", (HttpContext context) => WriteAsync(context, 200, "live"))
            .AllowAnyone().ExcludeFromDescription();
        app.MapGet("/health/ready", ReadyAsync).AllowAnyone().ExcludeFromDescription();
        app.MapGet("/health/detail", DetailAsync).AllowCallers("souk", "console").ExcludeFromDescription();
    }

    static async Task ReadyAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (services.GetRequiredService<Drain>().Started.IsCancellationRequested)
        {
            await WriteAsync(context, 503, "draining");
            return;
        }
        if (services.GetService<Database>() is { } database)
        {
            try
            {
                await database.IsReachableAsync(context.RequestAborted);
            }
            catch (Exception error) when (error is System.Data.Common.DbException or TimeoutException or IOException)
            {
                await WriteAsync(context, 503, "database unavailable");
                return;
            }
        }
        await WriteAsync(context, 200, "ready");
    }

    static async Task WriteAsync(HttpContext context, int status, string text)
    {
        var about = context.RequestServices.GetRequiredService<ServiceAbout>();
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("service", about.Service);
        json.WriteString("version", about.Version);
        json.WriteString("instance", about.Instance);
        json.WriteString("status", text);
        json.WriteEndObject();
    }

    static async Task DetailAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var about = services.GetRequiredService<ServiceAbout>();
        var load = services.GetRequiredService<Load>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("service", about.Service);
        json.WriteString("instance", about.Instance);
        json.WriteString("version", about.Version);
        json.WriteBoolean("ready", !services.GetRequiredService<Drain>().Started.IsCancellationRequested);
        json.WriteString("startedAt", about.StartedAt);
        json.WriteNumber("requests", load.Served);
        json.WriteNumber("inFlight", load.InFlight);
        json.WriteNumber("memoryBytes", Environment.WorkingSet);
        json.WriteStartArray("feeds");
        foreach (var feed in services.GetServices<FeedPump>())
        {
            var parked = await services.GetRequiredService<Database>().ReadAsync(session => session.LongAsync(
                $"SELECT COUNT(*) FROM waiting_event WHERE attempts >= {FeedPump.AttemptsMax}"), context.RequestAborted);
            json.WriteStartObject();
            json.WriteString("producer", feed.Name["feed of ".Length..]);
            json.WriteNumber("position", feed.Status.Position);
            if (feed.Status.UpTo is { } upTo) json.WriteNumber("lagSeconds", Math.Max(0, (now - upTo).TotalSeconds));
            else json.WriteNull("lagSeconds");
            json.WriteNumber("parked", parked);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>Which service, release and replica this is.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Instance">The replica, <c>cart-1</c>.</param>
/// <param name="Version">The release.</param>
/// <param name="StartedAt">When this process started.</param>
public sealed record ServiceAbout(string Service, string Instance, string Version, DateTimeOffset StartedAt);
