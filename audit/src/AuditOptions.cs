namespace Souk.Auditing;

/// <summary>How to look at a store.</summary>
public sealed record AuditOptions
{
    /// <summary>Of waits and ages. Default: the machine's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// How long to wait until nothing moves any more; what moves afterwards violates I13. Default zero: do not wait, and
    /// say unknown of I13 where something moves.
    /// </summary>
    public TimeSpan WaitQuiet { get; init; }

    /// <summary>What clients were told; null: nobody wrote it down.</summary>
    public IReadOnlyList<ClientAnswer>? Record { get; init; }

    /// <summary>The ids of the invariants to look at; null: all of them.</summary>
    public IReadOnlySet<string>? Only { get; init; }

    /// <summary>How often what looks wrong is looked at before it counts. Default 3.</summary>
    public int Looks { get; init; } = 3;

    /// <summary>Between two looks. Default 1 s.</summary>
    public TimeSpan LookAgainAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an order may wait for its customer and count as quiet. Default 15 min, Ordering's own.</summary>
    public TimeSpan CustomerWait { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Ids of events that were made to fail on purpose: they may be parked.</summary>
    public IReadOnlySet<string> Poison { get; init; } = new HashSet<string>();

    /// <summary>How much of the work must have come to an end for a verdict. Default 95 %.</summary>
    public double DoneMin { get; init; } = 0.95;
}
