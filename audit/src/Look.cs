using Souk.Auditing.Invariants;

namespace Souk.Auditing;

/// <summary>What one look at an invariant brings: how much was seen, and what is wrong.</summary>
sealed class Look
{
    readonly List<(string What, long Count)> _seen = [];
    readonly List<Finding> _findings = [];
    string? _unknown;
    string? _notApplicable;

    /// <summary>Counts what was looked at.</summary>
    public void Saw(long count, string what)
    {
        var at = _seen.FindIndex(one => one.What == what);
        if (at < 0) _seen.Add((what, count));
        else _seen[at] = (what, _seen[at].Count + count);
    }

    public void Against(string subject, string what) => _findings.Add(new Finding(subject, what));

    /// <summary>Notes a finding unless it is so.</summary>
    public void Require(bool holds, string subject, string what)
    {
        if (!holds) Against(subject, what);
    }

    /// <summary>It cannot be told; what was found wrong nevertheless counts.</summary>
    public void Unknown(string why) => _unknown ??= why;

    public void NotApplicable(string why) => _notApplicable = why;

    public InvariantResult Result(Invariant invariant)
    {
        var seen = string.Join(", ", _seen.Select(one => $"{one.Count} {one.What}"));
        return _findings.Count > 0 ? Of(Verdict.Violated, seen)
            : _unknown is not null ? Of(Verdict.Unknown, _unknown)
            : _notApplicable is not null ? Of(Verdict.NotApplicable, _notApplicable)
            : Of(Verdict.Holds, seen);

        InvariantResult Of(Verdict verdict, string lookedAt) => new(invariant.Id, invariant.Rule, verdict, lookedAt, _findings);
    }
}
