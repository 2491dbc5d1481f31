namespace Souk.Launcher.Processes;

/// <summary>How long a crashed service waits for its next start: at once first, then doubling, and forgiven once it ran stably.</summary>
sealed class Backoff
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Stable = TimeSpan.FromSeconds(30);

    /// <summary>Crashes in a row, none of them after a stable run.</summary>
    public int Crashes { get; private set; }

    public TimeSpan AfterCrash(TimeSpan ranFor)
    {
        Crashes = ranFor >= Stable ? 1 : Crashes + 1;
        if (Crashes == 1)
            return TimeSpan.Zero;
        var wait = First * Math.Pow(2, Math.Min(Crashes - 2, 10));
        return wait < Longest ? wait : Longest;
    }
}
