using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Sagas;

namespace Souk.Platform.Tests.Sagas;

/// <summary>A journey of two bookings and a departure: it departs with both, or with neither.</summary>
public sealed class SagaTests
{
    static readonly string[] Steps = ["Planned", "HotelBooked", "CarBooked", "Departed"];

    [Theory, EveryEngine]
    public async Task A_saga_goes_to_its_end_and_keeps_every_move(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        await journey.BeginAndRunAsync("a");
        Assert.Equal(["Planned", "HotelBooked", "CarBooked", "Departed", "Arrived"], await journey.MovesAsync("a"));
        Assert.Equal(["book hotel", "book car", "drive"], journey.Calls);
        Assert.Equal("hotel car", await journey.TextAsync("a"));
    }

    [Theory, EveryEngine]
    public async Task Every_step_may_be_repeated(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        var repeated = journey.Saga.RepeatEveryStep();
        await journey.BeginAndRunAsync("a");
        await journey.RunUntilAsync("a", "Arrived");
        Assert.Equal(Steps, repeated.Order(Comparer<string>.Create((a, b) => Array.IndexOf(Steps, a) - Array.IndexOf(Steps, b))));
        Assert.Equal("hotel car", await journey.TextAsync("a"));
        Assert.Equal([1, 2, 3, 4, 5], await journey.NumbersAsync("a"));
    }

    [Theory, EveryEngine]
    public async Task Every_step_may_fail_and_be_unwound(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        foreach (var failing in Steps[..3])
        {
            journey.Calls.Clear();
            journey.Saga.FailStep(failing, "Unwinding");
            await journey.BeginAndRunAsync(failing);
            Assert.Equal("Cancelled", (await journey.MovesAsync(failing))[^1]);
            // The last step's undo first; both are asked whatever had run.
            Assert.Equal(["return car", "cancel hotel"], journey.Calls.Where(call => !call.StartsWith("book", StringComparison.Ordinal)));
        }
    }

    [Theory, EveryEngine]
    public async Task Whoever_moves_it_meanwhile_wins_and_the_step_under_way_is_not_recorded(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        var isCancelled = false;
        journey.Saga.Around = async (state, work) =>
        {
            var turn = await work;
            if (state.State == "CarBooked") isCancelled = await journey.CancelAsync("a");
            return turn;
        };
        await journey.BeginAndRunAsync("a");
        Assert.True(isCancelled);
        Assert.Equal(["Planned", "HotelBooked", "Unwinding", "Cancelled"], await journey.MovesAsync("a"));
        Assert.DoesNotContain("drive", journey.Calls);
    }

    [Theory, EveryEngine]
    public async Task After_the_pivot_it_cannot_be_cancelled(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        await journey.BeginAndRunAsync("a");
        Assert.False(await journey.CancelAsync("a"));
        Assert.Equal("Arrived", (await journey.MovesAsync("a"))[^1]);
    }

    [Theory, EveryEngine]
    public async Task A_failing_step_is_tried_again_later_each_time_and_given_up_in_the_end(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        journey.Saga.Around = (state, work) =>
            state.State == "Departed" ? throw new HttpRequestException("no petrol") : work;
        await journey.BeginAndRunAsync("a");
        var tries = await journey.RunUntilAsync("a", "NeedsAttention");
        // An hour of patience with waits that double up to half a minute: not thousands of tries, and not three.
        Assert.InRange(tries, 60, 300);
        Assert.Equal("HttpRequestException", journey.LastNote);
    }

    [Theory, EveryEngine]
    public async Task A_crash_at_any_point_is_gone_on_from_by_another_instance(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        foreach (var crashing in Steps)
        {
            journey.Saga.KillAfterStep(crashing);
            await Assert.ThrowsAsync<ProcessKilledException>(() => journey.BeginAndRunAsync(crashing));
            journey.Clock.Advance(Saga<Note>.Lease + TimeSpan.FromSeconds(1));
            await journey.RunUntilAsync(crashing, "Arrived");
            Assert.Equal("hotel car", await journey.TextAsync(crashing));
        }
    }

    [Theory, EveryEngine]
    public async Task A_run_goes_on_by_itself_is_waited_for_and_tells_of_each_commit(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        var petrol = new TaskCompletionSource();
        var told = new List<string>();
        journey.Saga.Moved = (run, _) => told.Add(run.State);
        journey.Saga.Around = async (run, work) =>
        {
            if (run.State == "Departed") await petrol.Task;
            return await work;
        };
        var run = journey.Saga.RunOnAsync(await journey.BeginAsync("a"));
        Assert.False(run.IsCompleted);
        var idle = journey.Saga.IdleAsync();
        Assert.False(idle.IsCompleted);
        petrol.SetResult();
        await idle;
        Assert.Equal(["HotelBooked", "Departed", "Arrived"], told);
        Assert.Equal(0, journey.Saga.Running);
    }

    [Theory, EveryEngine]
    public async Task What_a_failed_step_did_achieve_is_kept(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        journey.Saga.Around = async (run, work) =>
        {
            await work;
            return run.State != "HotelBooked" ? await work : Turn<Note>.Again("half a car", async (tx, now) =>
            {
                await tx.ExecuteAsync($"UPDATE note SET text = {now.Text + " wheels"} WHERE id = {run.Id}");
                return now;
            });
        };
        await journey.BeginAndRunAsync("a");
        Assert.Equal("hotel wheels", await journey.TextAsync("a"));
        Assert.Equal(["Planned", "HotelBooked"], await journey.MovesAsync("a"));
    }

    [Theory, EveryEngine]
    public async Task Only_an_operator_moves_what_needs_attention(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        journey.Saga.FailStep("Departed", "NeedsAttention");
        await journey.BeginAndRunAsync("a");
        Assert.False(await journey.CancelAsync("a"));
        Assert.Equal("a", Assert.Single(await journey.InStateAsync("NeedsAttention")).Id);
        Assert.True(await journey.ReviveAsync("a", "Departed"));
        Assert.Equal("operator: found petrol", Assert.Single(await journey.InStateAsync("Departed")).Note);
        journey.Saga.Around = null;
        await journey.RunUntilAsync("a", "Arrived");
    }

    [Theory, EveryEngine]
    public async Task Two_instances_never_run_one_saga_at_once(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        var begun = await journey.BeginAsync("a");
        Assert.Empty(await journey.LeaseAsync("other"));
        journey.Clock.Advance(Saga<Note>.Lease + TimeSpan.FromSeconds(1));
        var taken = Assert.Single(await journey.LeaseAsync("other"));
        Assert.True(taken.Fence > begun.Fence);

        // The first comes back: whatever it did, it cannot write any more.
        await journey.Saga.RunAsync(begun, null, null, CancellationToken.None);
        Assert.Equal(["Planned"], await journey.MovesAsync("a"));
    }

    [Theory, EveryEngine]
    public async Task A_state_that_this_release_does_not_know_stops_the_start_by_name(Engine engine)
    {
        await using var journey = await Journey.StartAsync(engine);
        await journey.BeginAsync("a");
        await journey.ExecuteAsync($"UPDATE saga SET state = 'Flown'");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => journey.Saga.CheckStatesAsync(CancellationToken.None));
        Assert.Contains("'journey' a is in state 'Flown'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_move_that_is_not_in_the_plan_is_refused() => Assert.Throws<InvalidOperationException>(
        () => new SagaPlan<Note>("p", "A").Rest("A", "B").Rest("B").Check("B", "A"));

    /// <summary>The saga over a database of its own, with calls that are only noted.</summary>
    sealed class Journey : IAsyncDisposable
    {
        readonly TestService _service;
        readonly Database _database;

        Journey(TestService service, FakeTimeProvider clock)
        {
            _service = service;
            Clock = clock;
            _database = service.Database();
            Saga = Of("one");
        }

        public FakeTimeProvider Clock { get; }

        public Saga<Note> Saga { get; }

        public List<string> Calls { get; } = [];

        public string? LastNote { get; private set; }

        public static async Task<Journey> StartAsync(Engine engine)
        {
            var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
            return new Journey(await TestService.StartAsync(
                NoteService.Build, engine, new ServiceSetup { Clock = clock, RunPumps = false }), clock);
        }

        public Task<SagaState> BeginAsync(string id) => _database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync($"INSERT INTO note (id, text, version) VALUES ({id}, '', 1)");
            return await Saga.BeginAsync(tx, id);
        });

        public async Task BeginAndRunAsync(string id) =>
            await Saga.RunAsync(await BeginAsync(id), null, null, CancellationToken.None);

        /// <summary>Turns the clock and runs what is due until the saga is there.</summary>
        /// <returns>How often it was run.</returns>
        public async Task<int> RunUntilAsync(string id, string state)
        {
            for (var tries = 0; tries < 1000; tries++)
            {
                var moves = await MovesAsync(id);
                if (moves[^1] == state) return tries;
                Clock.Advance(TimeSpan.FromSeconds(31));
                foreach (var due in await LeaseAsync("one")) await Saga.RunAsync(due, null, null, CancellationToken.None);
            }
            throw new InvalidOperationException($"'{id}' never came to '{state}'.");
        }

        public Task<List<SagaState>> LeaseAsync(string holder) => Of(holder).LeaseDueAsync(10, CancellationToken.None);

        public Task<bool> CancelAsync(string id) => _database.WriteAsync(tx => Saga.TryMoveAsync(tx, id, "Unwinding", "cancelled"));

        public Task<bool> ReviveAsync(string id, string state) =>
            _database.WriteAsync(tx => Saga.TryReviveAsync(tx, id, state, "operator: found petrol"));

        public Task<List<SagaFound>> InStateAsync(string state) =>
            _database.ReadAsync(session => Saga.InStateAsync(session, state, 10, CancellationToken.None));

        public Task<int> ExecuteAsync(Sql sql) => _database.WriteAsync(tx => tx.ExecuteAsync(sql));

        public async Task<List<string>> MovesAsync(string id)
        {
            var moves = await _database.ReadAsync(session => Saga.MovesAsync(session, id, CancellationToken.None));
            LastNote = moves[^1].Note;
            return [.. moves.Select(move => move.State)];
        }

        public async Task<List<long>> NumbersAsync(string id) =>
            [.. (await _database.ReadAsync(session => Saga.MovesAsync(session, id, CancellationToken.None))).Select(move => move.Seq)];

        public async Task<string> TextAsync(string id) => (await _database.ReadAsync(session => LoadAsync(session, id)))!.Text.Trim();

        public ValueTask DisposeAsync() => _service.DisposeAsync();

        Saga<Note> Of(string holder) =>
            new(Plan(), LoadAsync, _database, Clock, new TimedIds(Clock), holder, NullLogger.Instance);

        SagaPlan<Note> Plan() => new SagaPlan<Note>("journey", "Planned")
            .Step("Planned", ["HotelBooked", "Unwinding"], Do("book hotel", "HotelBooked", "hotel"), Undo("cancel hotel"))
            .Step("HotelBooked", ["CarBooked", "Unwinding"], Do("book car", "CarBooked", "car"), Undo("return car"))
            .Step("CarBooked", ["Departed", "Unwinding"], (_, _, _) => Task.FromResult(Turn<Note>.To("Departed")), isDurable: false)
            .Step("Departed", ["Arrived", "NeedsAttention"], Do("drive", "Arrived", null),
                giveUpAfter: TimeSpan.FromHours(1), giveUpTo: "NeedsAttention")
            .Step("Unwinding", ["Cancelled", "NeedsAttention"], async (note, run, cancellation) =>
                await _plan!.UnwindAsync(note, run, cancellation) ? Turn<Note>.To("Cancelled") : Turn<Note>.Again("not undone"))
            .Rest("Arrived")
            .Rest("Cancelled")
            .Rest("NeedsAttention", "Departed", "Unwinding");

        SagaPlan<Note>? _plan => Saga?.Plan;

        StepWork<Note> Do(string call, string next, string? word) => (note, run, _) =>
        {
            Calls.Add(call);
            return Task.FromResult(Turn<Note>.To(next, word is null ? null : async (tx, now) =>
            {
                now = new Note(now.Text + " " + word);
                await tx.ExecuteAsync($"UPDATE note SET text = {now.Text} WHERE id = {run.Id}");
                return now;
            }));
        };

        UndoWork<Note> Undo(string call) => (_, _, _) =>
        {
            Calls.Add(call);
            return Task.FromResult(true);
        };

        static Task<Note?> LoadAsync(Session session, string id) =>
            session.FirstAsync($"SELECT text FROM note WHERE id = {id}", row => new Note(row.Text(0)));
    }
}
