using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Souk.Platform.Calls;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Tests.Hosting;

public sealed class ServiceTests
{
    [Fact]
    public async Task A_bug_is_500_with_a_trace_id_and_leaks_nothing()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        var answer = await notes.Http.GetAsync("/api/notes/bug");
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"code\":\"bug\"", body, StringComparison.Ordinal);
        Assert.Matches("\"traceId\":\"[0-9a-f]{32}\"", body);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Assert.Equal("notes", Assert.Single(answer.Headers.GetValues("Souk-Fault-Service")));
    }

    [Theory]
    [InlineData("{\"text\": 5}", 400, "request.malformed")]
    [InlineData("{", 400, "request.malformed")]
    [InlineData("", 400, "request.malformed")]
    public async Task A_malformed_body_is_a_400_with_a_stable_code(string body, int status, string code)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        await ExpectAsync(await notes.Http.PutAsync("/api/notes/a", content), status, code);
    }

    [Fact]
    public async Task What_the_framework_refuses_is_described_like_everything_else()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        await ExpectAsync(await notes.Http.GetAsync("/nowhere"), 404, "request.route_unknown");
        await ExpectAsync(await notes.Http.DeleteAsync("/api/notes/a"), 405, "request.method_not_allowed");
        using var text = new StringContent("x");
        await ExpectAsync(await notes.Http.PutAsync("/api/notes/a", text), 415, "request.media_type_unsupported");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        var answer = await notes.Http.PutAsJsonAsync("/api/notes/a", new { text = new string('x', 2_000_000) });
        await ExpectAsync(answer, 413, "request.too_large");
    }

    [Fact]
    public async Task A_request_whose_time_is_up_is_given_up_with_503()
    {
        await using var slow = await TestService.StartAsync(setup =>
        {
            var app = Service.Create("slow", setup).Build();
            app.MapGet("/api/slow", (HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted)).AllowPublic();
            return app;
        });
        var client = slow.Http;
        client.DefaultRequestHeaders.Add(Deadline.Header, "50");
        await ExpectAsync(await client.GetAsync("/api/slow"), 503, "deadline.exceeded");
        client.DefaultRequestHeaders.Remove(Deadline.Header);
        client.DefaultRequestHeaders.Add(Deadline.Header, "0");
        await ExpectAsync(await client.GetAsync("/api/slow"), 503, "deadline.exceeded");
    }

    [Fact]
    public async Task Over_its_limit_a_service_sheds_load_at_once_and_says_when_to_come_back()
    {
        var entered = new TaskCompletionSource();
        var leave = new TaskCompletionSource();
        await using var busy = await TestService.StartAsync(setup =>
        {
            var app = Service.Create("busy", setup).Build();
            app.MapGet("/api/busy", async () => { entered.TrySetResult(); await leave.Task; }).AllowPublic();
            return app;
        }, setup: new ServiceSetup { Configuration = new Dictionary<string, string?> { ["Souk:InFlightMax"] = "1" } });

        var first = busy.Http.GetAsync("/api/busy");
        await entered.Task;
        var second = await busy.Http.GetAsync("/api/busy");
        await ExpectAsync(second, 503, "load.shed");
        Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, (await busy.Anonymous().GetAsync("/health/ready")).StatusCode);
        leave.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    [Fact]
    public async Task A_stop_lets_finish_what_is_under_way()
    {
        var entered = new TaskCompletionSource();
        var leave = new TaskCompletionSource();
        await using var service = await TestService.StartAsync(setup =>
        {
            var app = Service.Create("busy", setup).Build();
            app.MapGet("/api/busy", async () => { entered.TrySetResult(); await leave.Task; return "done"; }).AllowPublic();
            return app;
        });
        var request = service.Http.GetStringAsync("/api/busy");
        await entered.Task;
        var stop = service.App.StopAsync();
        Assert.False(stop.IsCompleted);
        leave.SetResult();
        Assert.Equal("done", await request);
        await stop;
    }

    [Fact]
    public async Task A_reader_that_waits_for_news_does_not_hold_up_a_stop()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        var waiting = notes.As("copies").GetStringAsync("/internal/events?after=0&wait=30");
        await Eventually.HoldsAsync("the reader waits", () => !waiting.IsCompleted);
        var started = TimeProvider.System.GetTimestamp();
        await notes.App.StopAsync();
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(8));
    }

    [Theory, EveryEngine]
    public async Task Health_tells_live_ready_and_the_figures(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        Assert.Contains("\"live\"", await notes.Anonymous().GetStringAsync("/health/live"), StringComparison.Ordinal);
        Assert.Contains("\"ready\"", await notes.Anonymous().GetStringAsync("/health/ready"), StringComparison.Ordinal);
        await notes.Http.PutAsJsonAsync("/api/notes/a", new Note("x"));
        Assert.Contains("\"requests\":1", await notes.As("souk").GetStringAsync("/health/detail"), StringComparison.Ordinal);
    }

    static async Task ExpectAsync(HttpResponseMessage answer, int status, string code)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", body, StringComparison.Ordinal);
    }
}
