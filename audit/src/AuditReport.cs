namespace Souk.Auditing;

/// <summary>What an audit found.</summary>
/// <param name="Results">One an invariant, in their order.</param>
/// <param name="IsQuiet">Whether nothing moved any more.</param>
public sealed record AuditReport(IReadOnlyList<InvariantResult> Results, bool IsQuiet)
{
    /// <summary>Violated before unknown before holds.</summary>
    public Verdict Verdict =>
        Results.Any(result => result.Verdict == Verdict.Violated) ? Verdict.Violated
        : Results.Any(result => result.Verdict == Verdict.Unknown) ? Verdict.Unknown
        : Verdict.Holds;

    /// <summary>0 clean, 1 violated, 2 unknown.</summary>
    public int ExitCode => Verdict switch { Verdict.Violated => 1, Verdict.Unknown => 2, _ => 0 };

    /// <summary>The result of one invariant.</summary>
    /// <param name="id">Such as <c>I5</c>.</param>
    public InvariantResult this[string id] => Results.First(result => result.Id == id);
}

/// <summary>Whether an invariant holds.</summary>
public enum Verdict
{
    /// <summary>Everything that was looked at is as it must be.</summary>
    Holds,

    /// <summary>Something is not.</summary>
    Violated,

    /// <summary>It could not be told.</summary>
    Unknown,

    /// <summary>There is nothing yet that it speaks of.</summary>
    NotApplicable,
}

/// <summary>One invariant's verdict.</summary>
/// <param name="Id">Such as <c>I5</c>.</param>
/// <param name="Rule">What must hold, in a sentence.</param>
/// <param name="Verdict">Whether it does.</param>
/// <param name="LookedAt">How much was looked at, or why it is unknown.</param>
/// <param name="Findings">Each thing that is wrong; empty unless violated.</param>
public sealed record InvariantResult(string Id, string Rule, Verdict Verdict, string LookedAt, IReadOnlyList<Finding> Findings)
{
    /// <summary>This violation, with only what a later look found as well.</summary>
    internal InvariantResult ConfirmedBy(InvariantResult later)
    {
        var before = Findings.Select(finding => finding.Subject).ToHashSet(StringComparer.Ordinal);
        var stays = later.Findings.Where(finding => before.Contains(finding.Subject)).ToList();
        return later.Verdict == Verdict.Violated && stays.Count == 0
            ? later with { Verdict = Verdict.Holds, Findings = [] }
            : later with { Findings = stays };
    }
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Subject">The order, or whatever else it is about.</param>
/// <param name="What">What is wrong with it.</param>
public sealed record Finding(string Subject, string What);
