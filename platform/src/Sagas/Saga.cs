using Microsoft.Extensions.Logging;
using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Platform.Sagas;

/// <summary>
/// Runs sagas of one plan: each step outside any transaction, each move in one, with what the step wants written.
/// One run holds a saga at a time, by a lease with a fence; after a crash another goes on from the row.
/// </summary>
/// <typeparam name="T">What the saga is about.</typeparam>
public sealed partial class Saga<T>
    where T : class
{
    /// <summary>How long a run may hold a saga without a word; longer than any step.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    readonly Func<Session, string, Task<T?>> _load;
    readonly Database _database;
    readonly TimeProvider _clock;
    readonly IIdSource _ids;
    readonly string _holder;
    readonly ILogger _logger;
    readonly CancellationToken _stopping;
    readonly Signal _idle;
    int _running;

    /// <summary>Made by <see cref="Service.AddSaga{T}"/>; tests make their own.</summary>
    /// <param name="plan">What there is to do.</param>
    /// <param name="load">Reads what a saga is about, by its id.</param>
    /// <param name="database">Where the sagas and their effects are.</param>
    /// <param name="clock">Of leases, backoffs and moves.</param>
    /// <param name="ids">Chance, for the jitter.</param>
    /// <param name="holder">The instance that runs them.</param>
    /// <param name="logger">Told of failed steps.</param>
    /// <param name="stopping">The end of the service: the steps under way are broken off, and their runs end.</param>
    public Saga(
        SagaPlan<T> plan, Func<Session, string, Task<T?>> load, Database database, TimeProvider clock, IIdSource ids,
        string holder, ILogger logger, CancellationToken stopping = default)
    {
        Plan = plan;
        _load = load;
        _database = database;
        _clock = clock;
        _idle = new Signal(clock);
        _ids = ids;
        _holder = holder;
        _logger = logger;
        _stopping = stopping;
    }

    /// <summary>What there is to do.</summary>
    public SagaPlan<T> Plan { get; }

    /// <summary>What tests put between a step's work and the record of it: every step repeated, every step failed.</summary>
    public Func<SagaState, Task<Turn<T>>, Task<Turn<T>>>? Around { get; set; }

    /// <summary>Told of each committed move of every run of this instance, with the content after it.</summary>
    public Action<SagaState, T>? Moved { get; set; }

    /// <summary>How many run here at this moment.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Begins a saga in the transaction of what it is about, held by this instance: run it next.</summary>
    public async Task<SagaState> BeginAsync(Transaction tx, string id)
    {
        var now = _clock.GetUtcNow();
        await SagaLog.AddAsync(tx, Plan.Name, id, Plan.First, now, _holder, now + Lease);
        return new SagaState(id, Plan.First, 1, 0, now, 1);
    }

    /// <summary>Begins a saga that nobody holds: whichever instance looks next runs it.</summary>
    public Task LeaveAsync(Transaction tx, string id)
    {
        var now = _clock.GetUtcNow();
        return SagaLog.AddAsync(tx, Plan.Name, id, Plan.First, now, holder: null, now);
    }

    /// <summary>
    /// Moves a saga from outside its run, as a cancellation does. A run that is under way finds that it was overtaken,
    /// writes nothing of its step, and goes on from here.
    /// </summary>
    /// <returns>False where no step of the plan goes there from the present state, or there is no such saga.</returns>
    public Task<bool> TryMoveAsync(Transaction tx, string id, string state, string? note = null) =>
        MoveAsync(tx, id, state, note, isAtRest: false);

    /// <summary>Moves a saga that needs attention on, at an operator's word.</summary>
    /// <returns>False where it does not rest in a state from which the plan lets an operator take it there.</returns>
    public Task<bool> TryReviveAsync(Transaction tx, string id, string state, string note) =>
        MoveAsync(tx, id, state, note, isAtRest: true);

    /// <summary>
    /// Holds a saga for this instance, in the transaction that moved it: run it next. Null where its run is under way,
    /// here or elsewhere, and goes on from there by itself.
    /// </summary>
    public Task<SagaState?> TakeAsync(Transaction tx, string id)
    {
        var now = _clock.GetUtcNow();
        return SagaLog.TakeAsync(tx, Plan.Name, id, _holder, now, now + Lease);
    }

    /// <summary>Where a saga stands; null when there is none.</summary>
    public Task<SagaState?> FindAsync(Session session, string id) => SagaLog.FindAsync(session, Plan.Name, id);

    /// <summary>Every move it made, in order.</summary>
    public Task<List<SagaMove>> MovesAsync(Session session, string id, CancellationToken cancellation) =>
        SagaLog.MovesAsync(session, Plan.Name, id, cancellation);

    /// <summary>The sagas in a state, those that came into it first.</summary>
    public Task<List<SagaFound>> InStateAsync(Session session, string state, int max, CancellationToken cancellation) =>
        SagaLog.InStateAsync(session, Plan.Name, state, max, cancellation);

    /// <summary>
    /// Runs a saga that this instance holds, whoever asked for it: it goes on when they have gone, and breaks off, to
    /// be gone on with after the start, when the service ends.
    /// </summary>
    /// <param name="state">As it was begun or taken.</param>
    /// <param name="saga">What it is about; null: it is loaded.</param>
    /// <param name="moved">Told of each committed move of this run.</param>
    /// <returns>The run; it never fails.</returns>
    public async Task RunOnAsync(SagaState state, T? saga = null, Action<SagaState, T>? moved = null)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await RunAsync(state, saga, moved, _stopping);
        }
        catch (Exception error)
        {
            // Its lease runs out, and it is tried again.
            _logger.LogError(error, "The saga {Saga} {Id} was broken off in {State}.", Plan.Name, state.Id, state.State);
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0) _idle.Set();
        }
    }

    /// <summary>Waits until none runs here.</summary>
    public async Task IdleAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            var idle = _idle.Next;
            if (Running == 0) return;
            await idle.WaitAsync(cancellation);
        }
    }

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

    async Task<bool> MoveAsync(Transaction tx, string id, string state, string? note, bool isAtRest)
    {
        while (await SagaLog.FindAsync(tx, Plan.Name, id) is { } saga)
        {
            var step = Plan[saga.State];
            if (step.Work is null != isAtRest || !step.LeadsTo.Contains(state, StringComparer.Ordinal)) return false;
            if (await SagaLog.ForceAsync(tx, Plan.Name, saga, state, _clock.GetUtcNow(), note)) return true;
        }
        return false;
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
}
