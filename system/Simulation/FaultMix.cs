using System.Globalization;

namespace Souk.Simulation;

/// <summary>
/// What goes wrong in a run, drawn for it: some kinds of fault and not others, often or seldom. Runs that differ find more
/// than many runs of one medium kind.
/// </summary>
sealed class FaultMix : IFaultPlan
{
    const double On = 0.55;

    readonly Chance _chance;
    readonly double _lostBefore;
    readonly double _lostAfter;
    readonly double _silence;
    readonly double _twice;
    readonly double _slow;
    readonly double _callerKilled;
    readonly double _killedBeforeCommit;
    readonly double _killedAfterCommit;

    /// <param name="chance">Of this mix.</param>
    /// <param name="isEverything">Whether every kind is on.</param>
    public FaultMix(Chance chance, bool isEverything)
    {
        _chance = chance;
        _lostBefore = Draw(0.03);
        _lostAfter = Draw(0.03);
        _silence = Draw(0.01);
        _twice = Draw(0.03);
        _slow = Draw(0.05);
        _callerKilled = Draw(0.003);
        _killedBeforeCommit = Draw(0.002);
        _killedAfterCommit = Draw(0.002);
        KillEvery = isEverything || chance.Is(On) ? chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)) : null;
        var (late, lateMs) = (Draw(0.2), 1 + chance.Below(8000));
        Switches = string.Create(CultureInfo.InvariantCulture, $$"""
            {"latencyMs":{{(int)(Draw(1) * 40)}},"timeoutBefore":{{Draw(0.02):0.####}},"timeoutAfter":{{Draw(0.02):0.####}},"webhookLost":{{Draw(0.3):0.####}},
            "webhookLate":{{late:0.####}},"webhookLateMs":{{lateMs}},"webhookDuplicate":{{Draw(0.3):0.####}},"webhookReorder":{{Draw(0.3):0.####}}}
            """);
        var offsets = chance.Fork();
        var differ = isEverything || chance.Is(On);
        // Identities live for minutes and are checked with a minute's grace: no two clocks differ by more.
        ClockOffset = Store.Services.ToDictionary(service => service, _ => differ ? TimeSpan.FromSeconds(offsets.NextDouble() * 50 - 25) : TimeSpan.Zero, StringComparer.Ordinal);

        double Draw(double most) => isEverything || chance.Is(On) ? chance.NextDouble() * most : 0;
    }

    /// <summary>By how much each service's clock is wrong.</summary>
    public IReadOnlyDictionary<string, TimeSpan> ClockOffset { get; }

    /// <summary>How the payment provider behaves.</summary>
    public string Switches { get; }

    /// <summary>About how often a service is killed at any moment; null: none is.</summary>
    public TimeSpan? KillEvery { get; }

    public TimeSpan Latency() => _chance.Is(_slow)
        ? _chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(3))
        : TimeSpan.FromMicroseconds(100 + _chance.Below(2000));

    public Fate FateOf(Site call) =>
        // Nobody but the store's own services is killed, and what a shopper's line does is the shopper's matter.
        call.Trigger.Length == 0 ? Drawn(_lostBefore, _lostAfter, _silence, 0, 0)
        : Drawn(_lostBefore, _lostAfter, _silence, IsIdempotent(call) ? _twice : 0, _callerKilled);

    public bool Kills(Site commit) => _chance.Is(commit.Kind == SiteKind.Commit ? _killedBeforeCommit : _killedAfterCommit);

    public TimeSpan DownFor(Site site) => DownFor();

    public TimeSpan DownFor() => _chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3));

    /// <summary>What a proxy may repeat: what carries no key and is not idempotent by itself it does not.</summary>
    static bool IsIdempotent(Site call) => call.What.Contains(" PUT ", StringComparison.Ordinal) || call.What.Contains(" GET ", StringComparison.Ordinal)
        || call.What.Contains("sandbox POST", StringComparison.Ordinal);

    Fate Drawn(double before, double after, double silence, double twice, double callerKilled)
    {
        var at = _chance.NextDouble();
        return (at -= before) < 0 ? Fate.LostBefore
            : (at -= after) < 0 ? Fate.LostAfter
            : (at -= silence) < 0 ? Fate.Silence
            : (at -= silence) < 0 ? Fate.SilenceAfter
            : (at -= twice) < 0 ? Fate.Twice
            : at - callerKilled < 0 ? Fate.CallerKilled
            : Fate.Carried;
    }
}
