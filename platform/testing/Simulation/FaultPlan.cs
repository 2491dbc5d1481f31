namespace Souk.Testing.Simulation;

/// <summary>What becomes of a call.</summary>
public enum Fate
{
    /// <summary>It is delivered and answered.</summary>
    Carried,

    /// <summary>It is lost on its way.</summary>
    LostBefore,

    /// <summary>It is delivered and done, and the answer is lost.</summary>
    LostAfter,

    /// <summary>Nothing is ever heard of it again; whether it was delivered, nobody knows.</summary>
    Silence,

    /// <summary>The same as <see cref="Silence"/>, after it was done.</summary>
    SilenceAfter,

    /// <summary>It arrives twice, as behind a proxy that repeats.</summary>
    Twice,

    /// <summary>The caller ends in the moment in which it has the answer.</summary>
    CallerKilled,
}

/// <summary>Decides which faults strike where. It is asked at every site that the run comes to.</summary>
public interface IFaultPlan
{
    /// <summary>How long a message is on its way.</summary>
    TimeSpan Latency();

    /// <summary>What becomes of a call.</summary>
    Fate FateOf(Site call);

    /// <summary>Whether the process that is about to commit, or has just committed, ends there.</summary>
    bool Kills(Site commit);

    /// <summary>How long a service that was killed at a site is away.</summary>
    TimeSpan DownFor(Site site);
}

/// <summary>A world in which nothing goes wrong.</summary>
public sealed class NoFaults(Chance chance) : IFaultPlan
{
    /// <inheritdoc/>
    public TimeSpan Latency() => TimeSpan.FromMicroseconds(100 + chance.Below(400));

    /// <inheritdoc/>
    public Fate FateOf(Site call) => Fate.Carried;

    /// <inheritdoc/>
    public bool Kills(Site commit) => false;

    /// <inheritdoc/>
    public TimeSpan DownFor(Site site) => TimeSpan.Zero;
}
