namespace Souk.Platform.Sagas;

/// <summary>
/// A saga as data: its states, for each the step that is run in it and where that may lead, and next to a step what
/// takes it back. Anything that is not written here cannot happen.
/// </summary>
/// <typeparam name="T">What the saga is about.</typeparam>
public sealed class SagaPlan<T>
    where T : class
{
    readonly Dictionary<string, PlannedStep<T>> _steps = new(StringComparer.Ordinal);
    readonly List<UndoWork<T>> _undo = [];

    /// <summary>Begins a plan.</summary>
    /// <param name="name">The saga's name, as its rows have it: <c>checkout</c>.</param>
    /// <param name="first">The state it is born in.</param>
    public SagaPlan(string name, string first)
    {
        Name = name;
        First = first;
    }

    /// <summary>The saga's name.</summary>
    public string Name { get; }

    /// <summary>The state it is born in.</summary>
    public string First { get; }

    /// <summary>How long one run of a step may take.</summary>
    public TimeSpan StepLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The first wait after a failure; doubled each time, with jitter, up to <see cref="BackoffMax"/>.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Adds a state and its step.</summary>
    /// <param name="state">The state in which it is run.</param>
    /// <param name="leadsTo">Where it may lead, or where somebody else may take the saga from here.</param>
    /// <param name="work">The step.</param>
    /// <param name="undo">What takes it back; run, the last step's first, by the step that <see cref="UnwindAsync"/>s.</param>
    /// <param name="isDurable">
    /// Whether the state is committed before its step is run. False where the step may as well be reached again from
    /// the state before: one commit less.
    /// </param>
    /// <param name="giveUpAfter">How long to try before the saga goes to <paramref name="giveUpTo"/>; null: for ever.</param>
    /// <param name="giveUpTo">A state that somebody looks after.</param>
    public SagaPlan<T> Step(
        string state, string[] leadsTo, StepWork<T> work, UndoWork<T>? undo = null, bool isDurable = true,
        TimeSpan? giveUpAfter = null, string? giveUpTo = null)
    {
        _steps.Add(state, new PlannedStep<T>(state, leadsTo, work, isDurable, giveUpAfter, giveUpTo));
        if (undo is not null) _undo.Insert(0, undo);
        return this;
    }

    /// <summary>Adds a state in which nothing is run: the end, or one that waits for an operator.</summary>
    /// <param name="state">The state.</param>
    /// <param name="leadsTo">Where an operator may take it; empty: it is the end.</param>
    public SagaPlan<T> Rest(string state, params string[] leadsTo)
    {
        _steps.Add(state, new PlannedStep<T>(state, leadsTo, null, IsDurable: true, null, null));
        return this;
    }

    /// <summary>Takes back every step, the last first. All are asked, whatever is thought to have run.</summary>
    /// <returns>True when each has said that it is undone.</returns>
    public async Task<bool> UnwindAsync(T saga, SagaState run, CancellationToken cancellation)
    {
        var isUndone = true;
        foreach (var undo in _undo) isUndone &= await undo(saga, run, cancellation);
        return isUndone;
    }

    /// <summary>The allowed moves: from each state, where it may lead.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Moves =>
        _steps.ToDictionary(step => step.Key, step => (IReadOnlyList<string>)step.Value.LeadsTo, StringComparer.Ordinal);

    internal PlannedStep<T> this[string state] => _steps.TryGetValue(state, out var step) ? step
        : throw new InvalidOperationException($"The saga '{Name}' has no state '{state}' in this release.");

    internal bool Knows(string state) => _steps.ContainsKey(state);

    /// <summary>Refuses a move that the plan does not have.</summary>
    /// <exception cref="InvalidOperationException">Names both states.</exception>
    internal void Check(string from, string to)
    {
        if (!this[from].LeadsTo.Contains(to, StringComparer.Ordinal))
        {
            throw new InvalidOperationException($"The saga '{Name}' does not go from '{from}' to '{to}'.");
        }
        _ = this[to];
    }
}

/// <summary>A state of a plan and what is done in it; nothing, where <paramref name="Work"/> is null.</summary>
sealed record PlannedStep<T>(
    string State, string[] LeadsTo, StepWork<T>? Work, bool IsDurable, TimeSpan? GiveUpAfter, string? GiveUpTo)
    where T : class;
