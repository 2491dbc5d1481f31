using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Idempotency;

namespace Souk.Platform.Tests.Idempotency;

public sealed class IdempotencyTests
{
    [Theory, EveryEngine]
    public async Task A_repeat_gets_the_first_answer_byte_for_byte_and_has_no_effect(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        var first = await counter.PostAsync("k1", """{"by":2}""");
        var again = await counter.PostAsync("k1", """{"by":2}""");
        Assert.Equal((HttpStatusCode.Created, "/api/counter/1", """{"count":1}"""), first);
        Assert.Equal(first, again);
        Assert.Equal("""{"count":2}""", (await counter.PostAsync("k2", """{"by":2}""")).Body);
    }

    [Theory, EveryEngine]
    public async Task Many_at_once_under_one_key_have_one_effect(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => counter.PostAsync("k", "{}")));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(answers, answer => Assert.True(
            answer.Body == """{"count":1}""" || answer.Body.Contains("request.in_progress", StringComparison.Ordinal), answer.Body));
        Assert.Equal("""{"count":2}""", (await counter.PostAsync("other", "{}")).Body);
    }

    [Theory, EveryEngine]
    public async Task Another_body_under_a_used_key_is_refused(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        await counter.PostAsync("k", """{"by":1}""");
        var other = await counter.PostAsync("k", """{"by":2}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Contains("request.idempotency_key_reused", other.Body, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task Two_owners_may_choose_the_same_key(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        Assert.Equal("""{"count":1}""", (await counter.PostAsync("k", """{"owner":"ann"}""")).Body);
        Assert.Equal("""{"count":2}""", (await counter.PostAsync("k", """{"owner":"bob"}""")).Body);
    }

    [Theory, EveryEngine]
    public async Task Without_a_key_it_is_refused(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        Assert.Contains("request.idempotency_key_invalid", (await counter.PostAsync(null, "{}")).Body, StringComparison.Ordinal);
        Assert.Contains("request.idempotency_key_invalid", (await counter.PostAsync(new string('k', 201), "{}")).Body, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task A_refusal_is_the_answer_for_good_and_a_bug_is_none(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        counter.Mode = "refuse";
        var refused = await counter.PostAsync("k", "{}");
        counter.Mode = "work";
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Equal(refused, await counter.PostAsync("k", "{}"));

        counter.Mode = "bug";
        Assert.Equal(HttpStatusCode.InternalServerError, (await counter.PostAsync("b", "{}")).Status);
        counter.Mode = "work";
        Assert.Equal(HttpStatusCode.Created, (await counter.PostAsync("b", "{}")).Status);
    }

    [Theory, EveryEngine]
    public async Task Who_took_the_key_and_ended_is_answered_for_from_what_it_did(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        counter.Mode = "die";
        Assert.Equal(HttpStatusCode.InternalServerError, (await counter.PostAsync("k", "{}")).Status);
        counter.Mode = "work";
        var meanwhile = await counter.PostAsync("k", "{}");
        Assert.Equal((HttpStatusCode.Conflict, "/api/counter/1"), (meanwhile.Status, meanwhile.Location));
        counter.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal((HttpStatusCode.Created, "/api/counter/1", """{"count":1}"""), await counter.PostAsync("k", "{}"));
    }

    /// <summary>Sent twice by the network; what the first looked at has changed for the second.</summary>
    [Theory, EveryEngine]
    public async Task A_refusal_that_comes_after_the_others_effect_is_not_the_answer_to_it(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        var (refusing, counting) = (counter.Hold("refuse"), counter.Hold("end"));
        counter.Mode = "refuse";
        var refused = counter.PostAsync("k", "{}");
        await refusing.Reached.Task;
        counter.Mode = "end";
        var counted = counter.PostAsync("k", "{}");
        await counting.Reached.Task;

        refusing.GoOn.SetResult();
        var (status, at, body) = await refused;
        Assert.Equal((HttpStatusCode.Conflict, "/api/counter/1"), (status, at));
        Assert.Contains("request.in_progress", body, StringComparison.Ordinal);
        counting.GoOn.SetResult();
        Assert.Equal((HttpStatusCode.Created, "/api/counter/1", """{"count":1}"""), await counted);
        Assert.Equal(await counted, await counter.PostAsync("k", "{}"));
    }

    /// <summary>A service that counts its POSTs.</summary>
    sealed class Counter : IAsyncDisposable
    {
        readonly Dictionary<string, (TaskCompletionSource Reached, TaskCompletionSource GoOn)> _holds = [];
        TestService _service = null!;

        public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

        public string Mode { get; set; } = "work";

        public static async Task<Counter> StartAsync(Engine engine)
        {
            var counter = new Counter();
            counter._service = await TestService.StartAsync(CounterService.With(counter.HandleAsync), engine,
                new ServiceSetup { Clock = counter.Clock, RunPumps = false });
            return counter;
        }

        /// <summary>Requests of a mode stop where it ends, until they may go on.</summary>
        public (TaskCompletionSource Reached, TaskCompletionSource GoOn) Hold(string mode) =>
            _holds[mode] = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously));

        public async Task<(HttpStatusCode Status, string? Location, string Body)> PostAsync(string? key, string json)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/counter")
            {
                Content = new StringContent(json, Encoding.UTF8, "application/json"),
            };
            if (key is not null) request.Headers.Add("Idempotency-Key", key);
            using var response = await _service.Http.SendAsync(request);
            return (response.StatusCode, response.Headers.Location?.ToString(), await response.Content.ReadAsStringAsync());
        }

        public ValueTask DisposeAsync() => _service.DisposeAsync();

        async Task<IResult> HandleAsync(HttpContext context, Database database)
        {
            var once = Once.Of(context);
            var mode = Mode;
            if (mode == "bug") throw new InvalidOperationException("bug");
            if (mode == "refuse")
            {
                await HeldAsync(mode);
                return Refusal.Conflict("counter.no", "No.");
            }
            var at = await CounterService.CountAsync(database, once);
            await HeldAsync(mode);
            if (mode == "die") throw new InvalidOperationException("died between the commit and the answer");
            return CounterService.Answer(at);
        }

        async Task HeldAsync(string mode)
        {
            if (!_holds.TryGetValue(mode, out var hold)) return;
            hold.Reached.TrySetResult();
            await hold.GoOn.Task;
        }
    }
}
