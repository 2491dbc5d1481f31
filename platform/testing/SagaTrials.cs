using Souk.Platform.Data;
using Souk.Platform.Sagas;

namespace Souk.Testing;

/// <summary>What a saga has to stand: every step repeated, every step failed and unwound, a crash at every point.</summary>
public static class SagaTrials
{
    /// <summary>
    /// Each state's step does its work, and the first record of it is lost, as in a crash between the two: so every step
    /// is repeated once.
    /// </summary>
    /// <returns>The states whose step was repeated, as they come.</returns>
    public static HashSet<string> RepeatEveryStep<T>(this Saga<T> saga) where T : class
    {
        var repeated = new HashSet<string>(StringComparer.Ordinal);
        saga.Around = async (run, work) =>
        {
            var turn = await work;
            return repeated.Add(run.State) ? throw new HttpRequestException("lost after delivery") : turn;
        };
        return repeated;
    }

    /// <summary>One state's step does its work, and the saga then goes elsewhere, as to where it is unwound.</summary>
    /// <param name="saga">The saga.</param>
    /// <param name="state">The state whose step fails.</param>
    /// <param name="to">Where it goes instead.</param>
    /// <param name="effect">What is written with it.</param>
    public static void FailStep<T>(this Saga<T> saga, string state, string to, Func<Transaction, T, Task<T>>? effect = null)
        where T : class => saga.Around = async (run, work) =>
        {
            var turn = await work;
            return run.State == state ? Turn<T>.To(to, effect) : turn;
        };

    /// <summary>The process ends once, right after a state's step did its work and before that is recorded.</summary>
    public static void KillAfterStep<T>(this Saga<T> saga, string state) where T : class
    {
        var isKilled = false;
        saga.Around = async (run, work) =>
        {
            var turn = await work;
            if (run.State != state || isKilled) return turn;
            isKilled = true;
            throw new ProcessKilledException();
        };
    }

    /// <summary>The process ends once, right after a state was committed.</summary>
    public static void KillAfterCommit<T>(this Saga<T> saga, string state) where T : class
    {
        var told = saga.Moved;
        var isKilled = false;
        saga.Moved = (run, content) =>
        {
            if (run.State == state && !isKilled)
            {
                isKilled = true;
                throw new ProcessKilledException();
            }
            told?.Invoke(run, content);
        };
    }
}

/// <summary>As a run ends when its process does: the engine takes it for no failure that it could do anything about.</summary>
public sealed class ProcessKilledException() : InvalidOperationException("kill -9");
