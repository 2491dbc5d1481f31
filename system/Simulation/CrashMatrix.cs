namespace Souk.Simulation;

/// <summary>A point at which one fault strikes, once.</summary>
/// <param name="Story">In which story.</param>
/// <param name="Site">Where.</param>
/// <param name="Strike">What.</param>
sealed record CrashPoint(string Story, Site Site, string Strike)
{
    public const string FailBefore = "fail before";
    public const string FailAfter = "fail after delivery";
    public const string CrashAfterAnswer = "crash after the answer";
    public const string CrashBefore = "crash before";
    public const string CrashAfter = "crash after";

    public override string ToString() => $"{Story}: {Strike} {Site}";
}

/// <summary>
/// Every call to another service × fail before, fail after delivery, crash after the answer; every commit × crash before,
/// crash after. The points are found by living each story once without a fault and writing down where it came by: there is no
/// list that somebody could forget to keep.
/// </summary>
/// <param name="template">What each world begins with.</param>
/// <param name="plant">Puts something wrong into each store; null: nothing.</param>
sealed class CrashMatrix(Template template, Action<Store>? plant = null)
{
    const ulong Seed = 1;

    /// <summary>Every single point of every story.</summary>
    public List<CrashPoint> Singles() => [.. Stories.All.Keys.SelectMany(SinglesOf)];

    /// <summary>Every single point of a story, in the order in which it comes by them.</summary>
    public List<CrashPoint> SinglesOf(string story)
    {
        var seen = new Seen();
        var outcome = Live([new Life(story, seen, Stories.All[story])]);
        if (!outcome.IsClean) throw new InvalidOperationException($"The story '{story}' is not clean without a fault: {string.Join("; ", outcome.Broken)}");
        return [.. seen.Sites.SelectMany(site => (site.Kind == SiteKind.Call
            ? new[] { CrashPoint.FailBefore, CrashPoint.FailAfter, CrashPoint.CrashAfterAnswer } : [site.Kind == SiteKind.Commit ? CrashPoint.CrashBefore : CrashPoint.CrashAfter])
            .Select(strike => new CrashPoint(story, site, strike)))];
    }

    /// <summary>
    /// Lives stories one after the other in one world, each with faults at points of its own: a store is not started anew
    /// for each of them, and what one leaves behind is there when the next goes wrong.
    /// </summary>
    /// <param name="lives">The points of each; all of one are of the same story.</param>
    /// <returns>How it went, and those in which not every fault came to strike.</returns>
    public (Outcome Outcome, List<IReadOnlyList<CrashPoint>> Unstruck) Run(params IReadOnlyList<IReadOnlyList<CrashPoint>> lives)
    {
        var strikes = lives.Select(points => new Strikes(points)).ToList();
        var outcome = Live(strikes.Select((strike, at) => new Life($"{at}", strike, Stories.All[lives[at][0].Story])));
        return (outcome, [.. lives.Where((_, at) => !strikes[at].AreDone)]);
    }

    Outcome Live(IEnumerable<Life> lives) => Simulated.Live(template, new Plan(Seed), lives, plant);

    /// <summary>Nothing goes wrong, and everything is written down.</summary>
    sealed class Seen : IFaultPlan
    {
        readonly HashSet<Site> _known = [];

        public List<Site> Sites { get; } = [];

        public TimeSpan Latency() => Strikes.Hop;

        public Fate FateOf(Site call)
        {
            if (call.Trigger.Length > 0 && _known.Add(call)) Sites.Add(call);
            return Fate.Carried;
        }

        public bool Kills(Site commit)
        {
            if (_known.Add(commit)) Sites.Add(commit);
            return false;
        }

        public TimeSpan DownFor(Site site) => TimeSpan.Zero;
    }

    /// <summary>Each fault strikes when its site is come by for the first time, in the order of the points.</summary>
    sealed class Strikes(IReadOnlyList<CrashPoint> points) : IFaultPlan
    {
        public static readonly TimeSpan Hop = TimeSpan.FromMilliseconds(1);

        readonly List<CrashPoint> _open = [.. points];

        public bool AreDone => _open.Count == 0;

        public TimeSpan Latency() => Hop;

        public Fate FateOf(Site call) => Take(call)?.Strike switch
        {
            CrashPoint.FailBefore => Fate.LostBefore,
            CrashPoint.FailAfter => Fate.LostAfter,
            CrashPoint.CrashAfterAnswer => Fate.CallerKilled,
            _ => Fate.Carried,
        };

        public bool Kills(Site commit) => Take(commit) is not null;

        public TimeSpan DownFor(Site site) => TimeSpan.FromMilliseconds(300);

        CrashPoint? Take(Site site)
        {
            if (_open.Count == 0 || _open[0].Site != site) return null;
            var point = _open[0];
            _open.RemoveAt(0);
            return point;
        }
    }
}
