using Microsoft.Extensions.Logging;
using Souk.Platform.Calls;
using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Platform.Sagas;

/// <summary>
/// Runs sagas of one plan: each step outside any transaction, each move in one, with what the step wants written.
/// One run holds a saga at a time, by a lease with a fence; after a crash another goes on from the row.
/// </summary>
/// <typeparam name="T">What the saga is about.</typeparam>
public sealed class Saga<T>
    where T : class
{
    /// <summary>How long a run may hold a saga without a word; longer than any step.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    readonly Func<Session, string, Task<T?>> _load;
    readonly Database _database;
    readonly TimeProvider _clock;
    readonly IIdSource _ids;
    readonly string _holder;
    readonly ILogger _logger;

    /// <summary>Made by <see cref="Service.AddSaga{T}"/>; tests make their own.</summary>
    /// <param name="plan">What there is to do.</param>
    /// <param name="load">Reads what a saga is about, by its id.</param>
    /// <param name="database">Where the sagas and their effects are.</param>
    /// <param name="clock">Of leases, backoffs and moves.</param>
    /// <param name="ids">Chance, for the jitter.</param>
    /// <param name="holder">The instance that runs them.</param>
    /// <param name="logger">Told of failed steps.</param>
    public Saga(
        SagaPlan<T> plan, Func<Session, string, Task<T?>> load, Database database, TimeProvider clock, IIdSource ids,
        string holder, ILogger logger)
    {
        Plan = plan;
        _load = load;
        _database = database;
        _clock = clock;
        _ids = ids;
        _holder = holder;
        _logger = logger;
    }

    /// <summary>What there is to do.</summary>
    public SagaPlan<T> Plan { get; }

    /// <summary>What tests put between a step's work and the record of it: every step repeated, every step failed.</summary>
    public Func<SagaState, Task<Turn<T>>, Task<Turn<T>>>? Around { get; set; }

    /// <summary>Begins a saga in the transaction of what it is about, held by this instance: run it next.</summary>
    public async Task<SagaState> BeginAsync(Transaction tx, string id)
    {
        var now = _clock.GetUtcNow();
        await SagaLog.AddAsync(tx, Plan.Name, id, Plan.First, now, _holder, now + Lease);
        return new SagaState(id, Plan.First, 1, 0, now, 1);
    }

    /// <summary>
    /// Moves a saga from outside its run, as a cancellation does. A run that is under way finds that it was overtaken,
    /// writes nothing of its step, and goes on from here.
    /// </summary>
    /// <returns>False where the plan has no such move from the present state, or there is no such saga.</returns>
    public async Task<bool> TryMoveAsync(Transaction tx, string id, string state, string? note = null)
    {
        while (await SagaLog.FindAsync(tx, Plan.Name, id) is { } saga)
        {
            if (!Plan[saga.State].LeadsTo.Contains(state, StringComparer.Ordinal)) return false;
            if (await SagaLog.ForceAsync(tx, Plan.Name, saga, state, _clock.GetUtcNow(), note)) return true;
        }
        return false;
    }

    /// <summary>Makes a waiting saga due now: what it waits for may have happened.</summary>
    public Task WakeAsync(Transaction tx, string id) => SagaLog.WakeAsync(tx, Plan.Name, id, _clock.GetUtcNow());

    /// <summary>Where a saga stands; null when there is none.</summary>
    public Task<SagaState?> FindAsync(Session session, string id) => SagaLog.FindAsync(session, Plan.Name, id);

    /// <summary>Every move it made, in order.</summary>
    public Task<List<SagaMove>> MovesAsync(Session session, string id, CancellationToken cancellation) =>
        SagaLog.MovesAsync(session, Plan.Name, id, cancellation);

    /// <summary>Runs a saga that this instance holds until it rests, waits, fails or is overtaken.</summary>
    /// <param name="state">As it was begun or leased.</param>
    /// <param name="saga">What it is about; null: it is loaded.</param>
    /// <param name="moved">Told of each committed move, with the content after it.</param>
    /// <param name="stopping">The end of the service; a run is not its caller's, so never a request's own.</param>
    public async Task RunAsync(SagaState state, T? saga, Action<SagaState, T>? moved, CancellationToken stopping)
    {
        var run = new Run(this, state, moved);
        while (await run.StepAsync(saga, stopping))
        {
            saga = run.Content;
        }
    }

    internal async Task CheckStatesAsync(CancellationToken cancellation)
    {
        var states = await _database.ReadAsync(session => SagaLog.StatesAsync(session, Plan.Name, cancellation), cancellation);
        foreach (var (state, id) in states.Where(state => !Plan.Knows(state.State)))
        {
            throw new InvalidOperationException(
                $"The saga '{Plan.Name}' {id} is in state '{state}', which this release does not know. Run a release that does, or move it first.");
        }
        await _database.WriteAsync(tx => SagaLog.ReleaseAsync(tx, Plan.Name, _holder), cancellation);
    }

    internal async Task<List<SagaState>> LeaseDueAsync(int max, CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        if (await _database.ReadAsync(session => SagaLog.DueAsync(session, Plan.Name, now), cancellation) == 0) return [];
        return await _database.WriteAsync(
            tx => SagaLog.LeaseDueAsync(tx, Plan.Name, _holder, now, now + Lease, max), cancellation);
    }

    /// <summary>One run: the saga as it is committed, and the moves since that are not yet.</summary>
    sealed class Run(Saga<T> owner, SagaState committed, Action<SagaState, T>? moved)
    {
        readonly List<(SagaMove Move, Func<Transaction, T, Task<T>>? Effect)> _open = [];
        SagaState _committed = committed;
        SagaState _now = committed;

        public T? Content { get; private set; }

        SagaPlan<T> Plan => owner.Plan;

        /// <summary>Runs the step of the present state.</summary>
        /// <returns>False when there is nothing more to do in this run.</returns>
        public async Task<bool> StepAsync(T? saga, CancellationToken stopping)
        {
            var step = Plan[_now.State];
            if (step.Work is null) return await RestAsync(next: null);

            Content = saga ?? await LoadAsync();
            if (Content is null)
            {
                owner._logger.LogError("The saga {Saga} {Id} is about something that is not there.", Plan.Name, _now.Id);
                return await RestAsync(owner._clock.GetUtcNow() + Plan.BackoffMax);
            }
            if (step.IsDurable && _open.Count > 0 && !await CommitAsync(_now, owner._clock.GetUtcNow(), holds: true)) return await OvertakenAsync();

            var turn = await TryAsync(step, Content, stopping);
            var now = owner._clock.GetUtcNow();
            if (turn.State is { } state)
            {
                Plan.Check(_now.State, state);
                _now = _now with { State = state, Seq = _now.Seq + 1, Attempt = 0, EnteredAt = now };
                _open.Add((new SagaMove(_now.Seq, state, now, turn.Reason), turn.Effect));
                return true;
            }
            if (turn.Until is { } until)
            {
                if (turn.Effect is { } effect) _open.Add((new SagaMove(_now.Seq, _now.State, now, null), effect));
                return await RestAsync(until > now ? until : now);
            }
            return await FailedAsync(step, turn.Reason ?? "failed", now);
        }

        async Task<Turn<T>> TryAsync(PlannedStep<T> step, T saga, CancellationToken stopping)
        {
            try
            {
                // What a step may take is its own matter: the request that began the run has its answer long since.
                Deadline.Start(Plan.StepLimit, owner._clock);
                using var limit = new CancellationTokenSource(Plan.StepLimit, owner._clock);
                await using var end = stopping.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
                var state = _now;
                return owner.Around is { } around
                    ? await around(state, step.Work!(saga, state, limit.Token))
                    : await step.Work!(saga, state, limit.Token);
            }
            catch (Exception error) when (error is not InvalidOperationException)
            {
                owner._logger.LogWarning("{Saga} {Id} in {State}, try {Attempt}: {Error}", Plan.Name, _now.Id, _now.State,
                    _now.Attempt + 1, error is HttpRequestException ? error.Message : error.ToString());
                return Turn<T>.Again(error.GetType().Name);
            }
        }

        async Task<bool> FailedAsync(PlannedStep<T> step, string reason, DateTimeOffset now)
        {
            if (step.GiveUpAfter is { } patience && now - _now.EnteredAt >= patience)
            {
                Plan.Check(_now.State, step.GiveUpTo!);
                owner._logger.LogError("{Saga} {Id} gives up in {State}: {Reason}", Plan.Name, _now.Id, _now.State, reason);
                _now = _now with { State = step.GiveUpTo!, Seq = _now.Seq + 1, Attempt = 0, EnteredAt = now };
                _open.Add((new SagaMove(_now.Seq, _now.State, now, reason), null));
                return true;
            }
            var backoff = Plan.Backoff * Math.Pow(2, Math.Min(_now.Attempt, 20));
            if (backoff > Plan.BackoffMax) backoff = Plan.BackoffMax;
            _now = _now with { Attempt = _now.Attempt + 1 };
            return await RestAsync(now + backoff * (0.5 + owner._ids.NextDouble() / 2));
        }

        /// <summary>Commits what is open and gives the lease back.</summary>
        async Task<bool> RestAsync(DateTimeOffset? next) =>
            !await CommitAsync(_now, next, holds: false) && await OvertakenAsync();

        /// <summary>Writes the open moves and their effects, if nobody has moved the saga or taken it over.</summary>
        async Task<bool> CommitAsync(SagaState after, DateTimeOffset? next, bool holds)
        {
            var now = owner._clock.GetUtcNow();
            var content = Content;
            var isMine = await owner._database.WriteAsync(async tx =>
            {
                content = Content;
                if (!await SagaLog.PutAsync(tx, Plan.Name, _committed, after, next, holds ? now + Lease : now)) return false;
                foreach (var (move, effect) in _open)
                {
                    if (move.Seq > _committed.Seq)
                    {
                        await SagaLog.MoveAsync(tx, Plan.Name, after.Id, move.Seq, move.State, move.At, move.Note);
                    }
                    if (effect is not null) content = await effect(tx, content!);
                }
                return true;
            }, CancellationToken.None);
            if (!isMine) return false;

            Content = content;
            var isNews = after.Seq > _committed.Seq || _open.Count > 0;
            _committed = after;
            _open.Clear();
            if (isNews && moved is not null && content is not null) moved(after, content);
            return true;
        }

        /// <summary>Somebody moved the saga meanwhile: on from there, if it is still held by this run.</summary>
        async Task<bool> OvertakenAsync()
        {
            _open.Clear();
            var found = await owner._database.ReadAsync(session => SagaLog.FindAsync(session, Plan.Name, _committed.Id));
            if (found is null || found.Fence != _committed.Fence) return false;
            _committed = _now = found;
            Content = await LoadAsync();
            return true;
        }

        Task<T?> LoadAsync() => owner._database.ReadAsync(session => owner._load(session, _now.Id));
    }
}
