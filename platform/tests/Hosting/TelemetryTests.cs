using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Tests.Hosting;

public sealed class TelemetryTests : IDisposable
{
    readonly ConcurrentQueue<Activity> _spans = new();
    readonly ActivityListener _listener;

    public TelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "Souk",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task Both_sides_of_a_call_have_a_span_in_one_trace_that_says_whom_what_and_how_it_ended()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        await using var caller = await TestService.StartAsync(setup =>
        {
            var service = Service.Create("gateway", setup);
            service.Calls("notes", http => new Notes(http));
            var app = service.Build();
            app.MapGet("/api/call", async (Notes to, HttpContext context) =>
                context.Response.StatusCode = (int)(await to.Http.GetAsync("/api/notes/bug")).StatusCode).AllowPublic();
            return app;
        }, setup: new ServiceSetup
        {
            Configuration = new Dictionary<string, string?>
            {
                ["Services:notes:http:0"] = notes.Address.ToString(),
                ["Souk:Keys"] = notes.Keys,
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/call");
        var root = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        request.Headers.Add("traceparent", $"00-{root.TraceId}-{root.SpanId}-01");
        request.Headers.Add("Souk-Deadline", "5000");
        var client = new HttpClient { BaseAddress = caller.Address };
        client.DefaultRequestHeaders.Add(ServiceIdentity.Header,
            new ServiceIdentity("storefront", new ServiceKeys(notes.Keys), TimeProvider.System).TokenFor("gateway"));
        await client.SendAsync(request);

        Activity[] trace = [];
        await Eventually.HoldsAsync("three spans have ended", () =>
            (trace = [.. _spans.Where(span => span.TraceId == root.TraceId)]).Length >= 3);
        var call = Assert.Single(trace, span => span.OperationName == "call notes");
        Assert.Equal("notes", call.GetTagItem("peer.service"));
        Assert.Equal(500, call.GetTagItem("http.response.status_code"));
        Assert.Equal(0, call.GetTagItem("http.request.resend_count"));
        var callee = Assert.Single(trace, span => span.ParentSpanId == call.SpanId);
        Assert.Equal("GET", callee.GetTagItem("http.request.method"));
        Assert.Equal(500, callee.GetTagItem("http.response.status_code"));
        Assert.Equal("bug", callee.GetTagItem("souk.outcome"));
        Assert.InRange((long)callee.GetTagItem("souk.deadline_left_ms")!, 1, 5000);
    }

    [Theory]
    [InlineData("/order/4242424242424242", "/order/***")]
    [InlineData("/search/4242%204242%204242%204242/x", "/search/***/x")]
    [InlineData("/carts/eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbWFsIn0.c2lnbmF0dXJl/lines", "/carts/***/lines")]
    [InlineData("/order/Zr3v0aUQe1k2m4dTqWcY7A", "/order/Zr3v0aUQe1k2m4dTqWcY7A")]
    [InlineData("/product/mug-2024-11-25", "/product/mug-2024-11-25")]
    public void What_somebody_typed_by_mistake_is_in_no_span(string typed, string told)
    {
        using var span = new Activity("GET");
        span.SetTag("url.path", typed);
        span.SetTag("user_agent.original", typed);
        new Discretion().OnEnd(span);
        Assert.Equal((told, told), ((string?)span.GetTagItem("url.path"), (string?)span.GetTagItem("user_agent.original")));
    }

    [Fact]
    public async Task An_event_carries_the_trace_that_caused_it()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        using var span = new Activity("test").Start();
        await NoteService.PutAsync(notes.App.Services.GetRequiredService<Database>(), "a", new Note("x"));
        var e = Assert.Single(await notes.EventsAsync("copies"));
        Assert.Contains(span.TraceId.ToString(), e.GetProperty("traceparent").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _listener.Dispose();

    sealed record Notes(HttpClient Http);
}
