namespace Souk.Testing.Simulation;

/// <summary>
/// One thread, one clock, one queue: everything that happens in a simulation is an event of this queue, and the next one is
/// taken when the one before has come to rest. The same seed gives the same events in the same order.
/// </summary>
public sealed class World
{
    /// <summary>When every world begins.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    readonly int _thread = Environment.CurrentManagedThreadId;
    Exception? _failure;
    long _order;

    /// <summary>A world whose clock stands at its start.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    /// <param name="trace">Told of everything that happens.</param>
    /// <param name="age">How long it has been there already.</param>
    public World(ulong seed, Trace trace, TimeSpan age = default)
    {
        Ticks = age.Ticks;
        Chance = new Chance(seed);
        Trace = trace;
        trace.World = this;
    }

    /// <summary>Of this world; fork it for whatever draws by itself.</summary>
    public Chance Chance { get; }

    /// <summary>What has happened.</summary>
    public Trace Trace { get; }

    /// <summary>How long it has run, in ticks of 100 ns.</summary>
    public long Ticks { get; private set; }

    /// <summary>The right time of day.</summary>
    public DateTimeOffset Now => Start.AddTicks(Ticks);

    /// <summary>How many events have been taken.</summary>
    public long Events { get; private set; }

    /// <summary>Whether anything is still to come.</summary>
    public bool IsOver => _events.Count == 0;

    /// <summary>Lets something happen after a while.</summary>
    public void After(TimeSpan delay, Action happens)
    {
        OnThread();
        _events.Enqueue(happens, (Ticks + Math.Max(0, delay.Ticks), ++_order));
    }

    /// <summary>Waits in this world.</summary>
    public Task WaitAsync(TimeSpan length)
    {
        var over = new TaskCompletionSource();
        After(length, over.SetResult);
        return over.Task;
    }

    /// <summary>Begins something that takes its time; what it throws is the run's failure.</summary>
    public void Begin(Func<Task> work) => _ = RunAsync(work);

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan length) => RunUntil(length, static () => false);

    /// <summary>Lets time pass until something is so.</summary>
    /// <returns>Whether it was so in time.</returns>
    public bool RunUntil(TimeSpan limit, Func<bool> isSo)
    {
        var end = Ticks + limit.Ticks;
        while (!isSo())
        {
            if (!_events.TryPeek(out _, out var next) || next.At > end)
            {
                Ticks = end;
                return isSo();
            }
            var happens = _events.Dequeue();
            Ticks = next.At;
            Events++;
            happens();
            if (_failure is not null) throw new InvalidOperationException("The world has come to an end: " + _failure.Message, _failure);
        }
        return true;
    }

    /// <summary>A task that has to be finished by now, because nothing in it waits for anything of the world.</summary>
    public static T Finished<T>(Task<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new EscapeException();

    /// <inheritdoc cref="Finished{T}"/>
    public static void Finished(Task task)
    {
        if (!task.IsCompleted) throw new EscapeException();
        task.GetAwaiter().GetResult();
    }

    /// <summary>Something got away to another thread: from here on the run would be a matter of luck.</summary>
    /// <param name="where">Named when it has.</param>
    /// <exception cref="EscapeException">It has.</exception>
    public void OnThread(string where = "")
    {
        if (Environment.CurrentManagedThreadId != _thread) throw Fail(new EscapeException(where));
    }

    /// <summary>Ends the run at the next event.</summary>
    public Exception Fail(Exception error)
    {
        _failure ??= error;
        return error;
    }

    async Task RunAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }
}

/// <summary>Something waits on, or runs on, a thread that is not the world's.</summary>
public sealed class EscapeException(string where = "")
    : Exception($"Something got away to another thread, so that the run would not be the same twice. {where}");
