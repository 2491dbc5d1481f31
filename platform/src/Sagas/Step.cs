using Souk.Platform.Data;

namespace Souk.Platform.Sagas;

/// <summary>
/// What a step does: it may call other services, repeatedly and after a crash again, and says where the saga goes.
/// It runs outside any transaction; what it wants written is the effect of its <see cref="Turn{T}"/>.
/// </summary>
/// <param name="saga">What the saga is about, as its service loaded it.</param>
/// <param name="run">The saga's standing.</param>
/// <param name="cancellation">The step's own time limit, and the service's end.</param>
public delegate Task<Turn<T>> StepWork<T>(T saga, SagaState run, CancellationToken cancellation)
    where T : class;

/// <summary>Takes a step back. Called again until it succeeds, and also when the step may never have run.</summary>
/// <returns>False when it cannot be told yet whether it is undone: it will be asked again.</returns>
public delegate Task<bool> UndoWork<T>(T saga, SagaState run, CancellationToken cancellation);

/// <summary>Where a saga goes after a step.</summary>
/// <typeparam name="T">What the saga is about.</typeparam>
public readonly struct Turn<T>
    where T : class
{
    internal string? State { get; private init; }

    internal Func<Transaction, T, Task<T>>? Effect { get; private init; }

    internal DateTimeOffset? Until { get; private init; }

    internal string? Reason { get; private init; }

#pragma warning disable CA1000 // Turn<Order>.To(…) names the one type that there is; a service calls it Turn.
    /// <summary>To another state. The effect is written in the transaction that records the move, and gives the saga's new content.</summary>
    public static Turn<T> To(string state, Func<Transaction, T, Task<T>>? effect = null) => new() { State = state, Effect = effect };

    /// <summary>It did not work this time: again after a backoff. An effect keeps what did.</summary>
    public static Turn<T> Again(string reason, Func<Transaction, T, Task<T>>? effect = null) =>
        new() { Reason = reason, Effect = effect };

    /// <summary>Somebody else has to act: stay, until then or until woken. An effect is written with it.</summary>
    public static Turn<T> Wait(DateTimeOffset until, Func<Transaction, T, Task<T>>? effect = null) =>
        new() { Until = until, Effect = effect };
#pragma warning restore CA1000
}

/// <summary>A saga's standing: a row of the table <c>saga</c>.</summary>
/// <param name="Id">Of what it is about: an order's id.</param>
/// <param name="State">The state it is in, which names the step to run next.</param>
/// <param name="Seq">Counts its moves, from 1.</param>
/// <param name="Attempt">How often the present step has failed.</param>
/// <param name="EnteredAt">When it came into this state.</param>
/// <param name="Fence">Grows with each lease; a write under an older one is refused.</param>
public sealed record SagaState(string Id, string State, long Seq, int Attempt, DateTimeOffset EnteredAt, long Fence);

/// <summary>A move that a saga has made.</summary>
/// <param name="Seq">1, 2, 3 …</param>
/// <param name="State">Where it went.</param>
/// <param name="At">When.</param>
/// <param name="Note">Why, where it is not plain.</param>
public sealed record SagaMove(long Seq, string State, DateTimeOffset At, string? Note);

/// <summary>A saga that is in the state that was asked for.</summary>
/// <param name="Id">Of what it is about.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Since">Since when.</param>
/// <param name="Note">Why it went there, where that is not plain.</param>
public sealed record SagaFound(string Id, string State, DateTimeOffset Since, string? Note);
