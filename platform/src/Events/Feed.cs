using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Events;

/// <summary>
/// Serves the outbox: <c>GET /internal/events?after={position}&amp;wait={seconds}&amp;limit={n}</c>. Without news it
/// answers an empty batch after the wait, so a reader is told of an event at once and asks seldom.
/// </summary>
static class Feed
{
    const int LimitMax = 500;
    const int WaitSecondsMax = 30;

    // Another replica's commit sets no signal here; PostgreSQL is asked this often while a reader waits.
    // (NOTIFY would tell, but takes one lock for all commits of a server.)
    static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    public static void Map(IEndpointRouteBuilder app, string service, string[] readers) => app
        .MapGet("/internal/events", (HttpContext context) => ServeAsync(context, service))
        .AllowCallers(readers)
        .ProveAnswer()
        .WithMetadata(new LongPoll())
        .ExcludeFromDescription();

    static async Task ServeAsync(HttpContext context, string service)
    {
        var query = context.Request.Query;
        if (!TryRead(query, "after", 0, long.MaxValue, out var after)
            || !TryRead(query, "wait", 0, WaitSecondsMax, out var wait)
            || !TryRead(query, "limit", LimitMax, LimitMax, out var limit))
        {
            await Refusal.BadRequest("events.query_invalid",
                $"after is a position, wait 0–{WaitSecondsMax} seconds, limit 1–{LimitMax}.").ExecuteAsync(context);
            return;
        }

        var database = context.RequestServices.GetRequiredService<Database>();
        var drain = context.RequestServices.GetRequiredService<Drain>();
        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Started);
        var events = await WaitAsync(
            database, after, (int)Math.Max(1, limit), TimeSpan.FromSeconds(wait), clock, until.Token, context.RequestAborted);

        context.Response.ContentType = CloudEvents.BatchType;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartArray();
        foreach (var e in events) CloudEvents.Write(json, "/services/" + service, e);
        json.WriteEndArray();
        await json.FlushAsync(context.RequestAborted);
    }

    static async Task<List<EventEnvelope>> WaitAsync(Database database, long after, int limit, TimeSpan wait,
        TimeProvider clock, CancellationToken drain, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var appended = database.Appended.Next;
            var events = await Outbox.ReadAsync(database, after, limit, cancellation);
            var left = wait - clock.GetElapsedTime(started);
            if (events.Count > 0 || left < Waiting.Least || drain.IsCancellationRequested) return events;
            var pause = database.Engine == Engine.Postgres && LookAgain < left ? LookAgain : left;
            try
            {
                await appended.WaitAsync(pause, clock, drain);
            }
            catch (TimeoutException)
            {
                // Nothing new: look again, or answer that there is nothing.
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return events;
            }
        }
    }

    static bool TryRead(IQueryCollection query, string name, long missing, long max, out long value)
    {
        value = missing;
        return !query.TryGetValue(name, out var text)
            || (long.TryParse(text, System.Globalization.NumberStyles.None,
                    System.Globalization.CultureInfo.InvariantCulture, out value) && value <= max);
    }
}
