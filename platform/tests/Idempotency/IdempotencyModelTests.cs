using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Idempotency;

namespace Souk.Platform.Tests.Idempotency;

/// <summary>
/// Whatever is sent under whatever key, again, at once, with another body, answered, refused or broken off between its
/// effect and its answer: the answers and the effects are those of a model of a few lines.
/// </summary>
public sealed class IdempotencyModelTests
{
    const int Owners = 2;
    const int Keys = 2;

    /// <summary>
    /// One thing that happens: 0–3 a request is done, 4 refused, 5 fails, 6 ends between its effect and its answer, 7 begins
    /// and has no effect yet, 8 begins and has it, 9–10 one that has begun goes on, 11 time passes.
    /// </summary>
    static readonly Gen<(int What, int Owner, int Key, int By)[]> Story =
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, Owners - 1], Gen.Int[0, Keys - 1], Gen.Frequency((4, Gen.Const(1)), (1, Gen.Const(2)))).Array[1, 25];

    [Theory, EveryEngine]
    public async Task Requests_do_what_the_model_does(Engine engine)
    {
        await using var counter = await Counter.StartAsync(engine);
        var model = new Model();
        var stories = 0;
        await Story.SampleAsync(async story => await PlayAsync(counter, model, story, Interlocked.Increment(ref stories)), iter: 60, threads: 1);
        Assert.True(stories >= 60 && model.Effects > 60);
        Assert.Equal(model.Effects, await counter.CountAsync());
    }

    static async Task PlayAsync(Counter counter, Model model, (int What, int Owner, int Key, int By)[] story, int number)
    {
        var begun = new List<(Request Request, Task<Answer> Answer)>();
        foreach (var (what, owner, key, by) in story)
        {
            if (what == 11)
            {
                counter.Clock.Advance(TimeSpan.FromSeconds(6));
                continue;
            }
            if (what is 9 or 10)
            {
                if (begun.Count > 0) await GoOnAsync(what == 9 ? 0 : begun.Count - 1);
                continue;
            }
            var mode = what switch { <= 3 => "work", 4 => "refuse", 5 => "fail", 6 => "end", 7 => "wait before", _ => "wait after" };
            var request = new Request($"{number}/{owner}", $"{key}", by, mode);
            var expected = model.Begin(request, counter.Clock.GetUtcNow());
            var answer = counter.SendAsync(request);
            // Whoever waits has told so, and whoever is answered does not wait.
            await Task.WhenAny(answer, request.Waits.Task);
            if (expected is not null) Same(expected, await answer);
            else begun.Add((request, answer));
        }
        while (begun.Count > 0) await GoOnAsync(0);

        async Task GoOnAsync(int at)
        {
            var (request, answer) = begun[at];
            begun.RemoveAt(at);
            var expected = model.GoOn(request);
            request.GoesOn.SetResult();
            Same(expected, await answer);
        }
    }

    static void Same(Answer expected, Answer answer)
    {
        Assert.Equal((expected.Status, expected.Location), (answer.Status, answer.Location));
        Assert.Contains(expected.Body, answer.Body, StringComparison.Ordinal);
    }

    /// <summary>An answer; in the model only what is essential of its body.</summary>
    sealed record Answer(HttpStatusCode Status, string? Location, string Body);

    /// <summary>Who has which key, in memory.</summary>
    sealed class Model
    {
        // Whoever has not answered by then has ended.
        static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
        readonly Dictionary<(string, string), Entry> _entries = [];

        public int Effects { get; private set; }

        /// <summary>The answer; null: the request waits.</summary>
        public Answer? Begin(Request request, DateTimeOffset now)
        {
            request.Known = (now, null);
            if (_entries.GetValueOrDefault(request.Name) is { } entry)
            {
                if (entry.By != request.By) return Reused;
                if (entry.Answer is { } answer) return answer;
                if (now - entry.BegunAt < AnswerLimit) return InProgress(entry);
                request.Known = (now, entry.Effect);
            }
            switch (request.Mode)
            {
                case "fail": return Failed;
                case "refuse" when request.Known.Effect is null: return Keep(request, new Answer(HttpStatusCode.Conflict, null, "counter.no"));
                case "wait before": return null;
                default:
                    Take(request);
                    return request.Mode switch { "end" => Failed, "wait after" => null, _ => GoOn(request) };
            }
        }

        /// <summary>The answer of a request that waited.</summary>
        public Answer GoOn(Request request)
        {
            var other = _entries.GetValueOrDefault(request.Name);
            if (request.Known.Effect is null && other is not null)
            {
                // It came too late for an effect of its own.
                return other.By != request.By ? Reused : other.Answer ?? InProgress(other);
            }
            Take(request);
            return Keep(request, new Answer(HttpStatusCode.Created, $"/api/counter/{request.Known.Effect}", $$"""{"count":{{request.Known.Effect}}}"""));
        }

        void Take(Request request)
        {
            if (request.Known.Effect is not null) return;
            _entries.Add(request.Name, new Entry(request.By, request.Known.BegunAt) { Effect = ++Effects });
            request.Known = request.Known with { Effect = Effects };
        }

        Answer Keep(Request request, Answer answer)
        {
            if (!_entries.TryGetValue(request.Name, out var entry)) _entries[request.Name] = entry = new Entry(request.By, request.Known.BegunAt);
            return entry.Answer ??= answer;
        }

        static Answer Reused => new(HttpStatusCode.UnprocessableEntity, null, "request.idempotency_key_reused");

        static Answer Failed => new(HttpStatusCode.InternalServerError, null, "");

        static Answer InProgress(Entry entry) => new(HttpStatusCode.Conflict, $"/api/counter/{entry.Effect}", "request.in_progress");

        sealed record Entry(int By, DateTimeOffset BegunAt)
        {
            public int? Effect { get; init; }

            public Answer? Answer { get; set; }
        }
    }

    /// <summary>A request, and what its endpoint does with it.</summary>
    sealed record Request(string Owner, string Key, int By, string Mode)
    {
        public (string, string) Name => (Owner, Key);

        public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoesOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Of the model: when it began, and the effect that it had or found.</summary>
        public (DateTimeOffset BegunAt, int? Effect) Known { get; set; }
    }

    /// <summary>A service that counts its POSTs, each as its request says.</summary>
    sealed class Counter : IAsyncDisposable
    {
        readonly ConcurrentDictionary<string, Request> _requests = [];
        TestService _service = null!;

        public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

        public static async Task<Counter> StartAsync(Engine engine)
        {
            var counter = new Counter();
            counter._service = await TestService.StartAsync(CounterService.With(counter.HandleAsync), engine, new ServiceSetup { Clock = counter.Clock, RunPumps = false });
            return counter;
        }

        public async Task<Answer> SendAsync(Request request)
        {
            var name = $"{_requests.Count}";
            _requests[name] = request;
            using var message = new HttpRequestMessage(HttpMethod.Post, "/api/counter")
            {
                Content = new StringContent($$"""{"owner":"{{request.Owner}}","by":{{request.By}}}""", Encoding.UTF8, "application/json"),
            };
            message.Headers.Add("Idempotency-Key", request.Key);
            message.Headers.Add("Test-Request", name);
            using var http = _service.As("gateway");
            using var response = await http.SendAsync(message);
            return new Answer(response.StatusCode, response.Headers.Location?.ToString(), await response.Content.ReadAsStringAsync());
        }

        public Task<long> CountAsync() => _service.Database().ReadAsync(session => session.LongAsync($"SELECT version FROM note"));

        public ValueTask DisposeAsync() => _service.DisposeAsync();

        async Task<IResult> HandleAsync(HttpContext context, Database database)
        {
            var once = Once.Of(context);
            var request = _requests[context.Request.Headers["Test-Request"].ToString()];
            if (request.Mode == "fail") throw new InvalidOperationException("failed");
            if (request.Mode == "refuse" && once.Location is null) return Refusal.Conflict("counter.no", "No.");
            if (request.Mode == "wait before") await WaitAsync();
            var at = await CounterService.CountAsync(database, once);
            if (request.Mode == "end") throw new InvalidOperationException("ended between its effect and its answer");
            if (request.Mode == "wait after") await WaitAsync();
            return CounterService.Answer(at);

            Task WaitAsync()
            {
                request.Waits.SetResult();
                return request.GoesOn.Task;
            }
        }
    }
}
