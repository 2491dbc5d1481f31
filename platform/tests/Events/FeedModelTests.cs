using System.Net.Http.Headers;
using CsCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Data;
using Souk.Platform.Events;
using Souk.Platform.Hosting;

namespace Souk.Platform.Tests.Events;

/// <summary>
/// Writers that commit, together or one after the other, and that roll back; two replicas that read, are ended in the
/// middle, restarted, and overtaken by each other; events that fail at first or always: each committed event has its
/// effect once and in order, nothing else has one, and behind poison its aggregate alone waits.
/// </summary>
public sealed class FeedModelTests
{
    const int Subjects = 3;

    /// <summary>
    /// One thing that happens: 0–2 something is written, 3 much at once, 4 two in one transaction, 5 it is rolled back, 6 an
    /// event that fails at first, 7 one that always does, 8–10 a replica reads, 11 and is ended in the middle, 12 restarted,
    /// 13 time passes.
    /// </summary>
    static readonly Gen<(int What, int Subject, int Number)[]> Story =
        Gen.Select(Gen.Int[0, 13], Gen.Int[0, Subjects - 1], Gen.Int[0, 3]).Array[1, 20];

    [Theory, EveryEngine]
    public async Task Events_have_the_effects_that_the_model_has(Engine engine)
    {
        await using var world = await World.StartAsync(engine);
        var stories = 0;
        await Story.SampleAsync(async story => await world.PlayAsync(story, Interlocked.Increment(ref stories)), iter: 30, threads: 1);
        Assert.True(stories >= 30 && world.Applied > 30);
    }

    /// <summary>A producer, two replicas of a consumer, and what was committed, in memory.</summary>
    sealed class World : IAsyncDisposable
    {
        readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        readonly Dictionary<string, List<string>> _committed = [];
        readonly Dictionary<string, int> _failures = [];
        readonly List<TestService> _copies = [];
        TestService _notes = null!;
        int _endAfter;

        public int Applied { get; private set; }

        public static async Task<World> StartAsync(Engine engine)
        {
            var world = new World();
            world._notes = await TestService.StartAsync(NoteService.Build, engine, new ServiceSetup { Clock = world._clock, RunPumps = false });
            world._copies.Add(await TestService.StartAsync(world.Build, engine, world.Setup()));
            // A second replica: on the same database, under another name.
            world._copies.Add(await TestService.StartAsync(world.Build, setup: world.Setup(new Dictionary<string, string?>
            {
                ["ConnectionStrings:Database"] = world._copies[0].ConnectionString(),
                ["Souk:Instance"] = "copies-2",
            })));
            return world;
        }

        public async ValueTask DisposeAsync()
        {
            await _copies[1].DisposeAsync();
            await _copies[0].DisposeAsync();
            await _notes.DisposeAsync();
        }

        public async Task PlayAsync((int What, int Subject, int Number)[] story, int number)
        {
            string[] subjects = [.. Enumerable.Range(0, Subjects).Select(subject => $"{number}-{subject}")];
            foreach (var subject in subjects) _committed[subject] = [];
            foreach (var (what, at, value) in story)
            {
                var (subject, replica) = (subjects[at], value % 2);
                switch (what)
                {
                    case <= 2:
                        await PutAsync("fine", subject);
                        break;
                    case 3:
                        await Task.WhenAll(subjects.Select(each => PutAsync("fine", each)));
                        break;
                    case 4:
                        await PutAsync("fine", subject, subjects[(at + 1) % Subjects]);
                        break;
                    case 5:
                        await Assert.ThrowsAsync<InvalidOperationException>(() => PutAsync("rolled back", subject, subject));
                        break;
                    case 6:
                        await PutAsync("hiccup", subject);
                        break;
                    case 7 when value == 0:
                        await PutAsync("poison", subject);
                        break;
                    case 7:
                        break;
                    case <= 10:
                        await Pump(replica).StepAsync(default);
                        break;
                    case 11:
                        await EndInTheMiddleAsync(replica, value);
                        break;
                    case 12:
                        await _copies[replica].RestartAsync();
                        break;
                    default:
                        _clock.Advance(TimeSpan.FromSeconds(5 * (value + 1)));
                        break;
                }
            }
            await HealAsync();
            await CheckAsync(subjects);
        }

        /// <summary>Puts notes, in one transaction.</summary>
        async Task PutAsync(string text, params string[] subjects)
        {
            await _notes.Database().WriteAsync(async tx =>
            {
                foreach (var subject in subjects)
                {
                    var version = await tx.LongAsync($"""
                        INSERT INTO note (id, text, version) VALUES ({subject}, '', 1)
                        ON CONFLICT (id) DO UPDATE SET version = note.version + 1 RETURNING version
                        """);
                    tx.Publish("NotePut", subject, version, new Note(text), NoteJson.Default.Note);
                }
                if (text == "rolled back") throw new InvalidOperationException("no");
            });
            foreach (var subject in subjects)
            {
                lock (_committed) _committed[subject].Add(text);
            }
        }

        /// <summary>A reader's process ends while it applies its first, second … event: nothing that is not committed stays.</summary>
        async Task EndInTheMiddleAsync(int replica, int events)
        {
            _endAfter = events + 1;
            try
            {
                await Pump(replica).StepAsync(default);
            }
            catch (OperationCanceledException)
            {
                await _copies[replica].RestartAsync();
            }
            _endAfter = 0;
        }

        /// <summary>Lets the readers read until there is nothing left but what is parked.</summary>
        async Task HealAsync()
        {
            // Hiccups stand before poison in the same aggregate, and each takes its own attempts.
            for (var round = 0; round < 4 * FeedPump.AttemptsMax; round++)
            {
                for (var replica = 0; replica < 2; replica++)
                {
                    while (await Pump(replica).StepAsync(default))
                    {
                    }
                }
                // Longer than any backoff, and than a lease.
                _clock.Advance(TimeSpan.FromMinutes(2));
            }
        }

        async Task CheckAsync(string[] subjects)
        {
            var copies = await _copies[0].Database().AllAsync();
            var feed = (await Outbox.ReadAsync(_notes.Database(), 0, int.MaxValue, default)).Where(e => subjects.Contains(e.Subject)).ToList();
            var waiting = await _copies[0].Database().ReadAsync(session => session.QueryAsync(
                $"SELECT subject, attempts FROM waiting_event ORDER BY position", row => (Subject: row.Text(0), Attempts: row.Long(1))));
            Assert.Equal(feed.Count, feed.Select(e => e.Position).Distinct().Count());
            foreach (var subject in subjects)
            {
                var committed = _committed[subject];
                // The feed has what was committed and nothing else, one version after the other.
                Assert.Equal(
                    committed.Select((text, at) => (at + 1L, $$"""{"text":"{{text}}"}""")),
                    feed.Where(e => e.Subject == subject).Select(e => (e.Version, e.Data)));
                // What comes before poison has its effect, once and in order; from there on the aggregate waits.
                var good = committed.TakeWhile(text => text != "poison").Count();
                var copy = copies.SingleOrDefault(copy => copy.Id == subject);
                Assert.Equal(string.Concat(Enumerable.Range(1, good).Select(version => $"{version},")), copy.Text ?? "");
                Assert.Equal(
                    committed.Skip(good).Select((_, behind) => behind == 0 ? (long)FeedPump.AttemptsMax : 0),
                    waiting.Where(e => e.Subject == subject).Select(e => e.Attempts));
                Applied += good;
            }
        }

        IPump Pump(int replica) => (IPump)_copies[replica].App.Services.GetService(typeof(IPump))!;

        ServiceSetup Setup(Dictionary<string, string?>? settings = null) => new()
        {
            Clock = _clock,
            Network = _ => new ToNotes(this),
            RunPumps = false,
            Configuration = settings ?? [],
        };

        WebApplication Build(ServiceSetup setup)
        {
            var service = Service.Create("copies", setup);
            service.AddDatabase();
            service.Consumes("notes", feed => feed.On("NotePut", NoteJson.Default.Note, ApplyAsync));
            return service.Build();
        }

        async Task ApplyAsync(Transaction tx, Event<Note> e)
        {
            if (_endAfter > 0 && --_endAfter == 0) throw new OperationCanceledException("kill -9");
            var given = e.Version + ",";
            // Writes all that it has been given, one after the other: what came twice, or in disorder, would show.
            await tx.ExecuteAsync($"""
                INSERT INTO note (id, text, version) VALUES ({e.Subject}, {given}, 1)
                ON CONFLICT (id) DO UPDATE SET text = note.text || excluded.text, version = note.version + 1
                """);
            // Fails after its effect: that must go, too.
            if (e.Data.Text == "poison") throw new InvalidOperationException("It cannot be copied.");
            if (e.Data.Text == "hiccup" && (_failures[e.Id] = _failures.GetValueOrDefault(e.Id) + 1) <= 2) throw new InvalidOperationException("Not yet.");
        }

        /// <summary>The way to the real producer. Its clock stands still, so it is not asked to wait for news.</summary>
        sealed class ToNotes(World world) : HttpMessageHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                using var http = world._notes.As("copies");
                var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri!.Query);
                var body = await http.GetByteArrayAsync($"/internal/events?after={query["after"]}&limit={query["limit"]}", cancellationToken);
                return new HttpResponseMessage { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(CloudEvents.BatchType) } } };
            }
        }
    }
}
