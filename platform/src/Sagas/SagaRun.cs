using Microsoft.Extensions.Logging;
using Souk.Platform.Calls;
using Souk.Platform.Data;

namespace Souk.Platform.Sagas;

public sealed partial class Saga<T>
{
    /// <summary>One run: the saga as it is committed, and the moves since that are not yet.</summary>
    sealed class Run(Saga<T> owner, SagaState committed, Action<SagaState, T>? moved)
    {
        readonly List<SagaMove> _moves = [];
        readonly List<Func<Transaction, T, Task<T>>> _effects = [];
        SagaState _committed = committed;
        SagaState _now = committed;

        public T? Content { get; private set; }

        SagaPlan<T> Plan => owner.Plan;

        bool IsOpen => _moves.Count > 0 || _effects.Count > 0;

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
            if (step.IsDurable && IsOpen && !await CommitAsync(_now, owner._clock.GetUtcNow(), holds: true)) return await OvertakenAsync();

            var turn = await TryAsync(step, Content, stopping);
            var now = owner._clock.GetUtcNow();
            if (turn.Effect is { } effect) _effects.Add(effect);
            if (turn.State is { } state)
            {
                Go(state, now, turn.Reason);
                return true;
            }
            if (turn.Until is { } until) return await RestAsync(until > now ? until : now);
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
                owner._logger.LogWarning(CallFault.Is(error) ? null : error, "{Saga} {Id} in {State}, try {Attempt}: {Error}",
                    Plan.Name, _now.Id, _now.State, _now.Attempt + 1, error.Message);
                return Turn<T>.Again(error.GetType().Name);
            }
        }

        void Go(string state, DateTimeOffset now, string? note)
        {
            Plan.Check(_now.State, state);
            _now = _now with { State = state, Seq = _now.Seq + 1, Attempt = 0, EnteredAt = now };
            _moves.Add(new SagaMove(_now.Seq, state, now, note));
        }

        async Task<bool> FailedAsync(PlannedStep<T> step, string reason, DateTimeOffset now)
        {
            if (step.GiveUpAfter is { } patience && now - _now.EnteredAt >= patience)
            {
                owner._logger.LogError("{Saga} {Id} gives up in {State}: {Reason}", Plan.Name, _now.Id, _now.State, reason);
                Go(step.GiveUpTo!, now, reason);
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
                await SagaLog.MovesAsync(tx, Plan.Name, after.Id, _moves);
                foreach (var effect in _effects) content = await effect(tx, content!);
                return true;
            }, CancellationToken.None);
            if (!isMine) return false;

            Content = content;
            var isNews = IsOpen;
            _committed = after;
            _moves.Clear();
            _effects.Clear();
            if (isNews && content is not null)
            {
                owner.Moved?.Invoke(after, content);
                moved?.Invoke(after, content);
            }
            return true;
        }

        /// <summary>Somebody moved the saga meanwhile: on from there, if it is still held by this run.</summary>
        async Task<bool> OvertakenAsync()
        {
            _moves.Clear();
            _effects.Clear();
            var found = await owner._database.ReadAsync(session => SagaLog.FindAsync(session, Plan.Name, _committed.Id));
            if (found is null || found.Fence != _committed.Fence) return false;
            _committed = _now = found;
            Content = await LoadAsync();
            return true;
        }

        Task<T?> LoadAsync() => owner._database.ReadAsync(session => owner._load(session, _now.Id));
    }
}
