using System.Collections.Concurrent;
using System.Text.Json;

namespace Souk.Load;

/// <summary>What a run has seen. It is filled while the run goes on and may be read at any time.</summary>
public sealed class Report
{
    readonly ConcurrentDictionary<string, ActionReport> _actions = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, long> _signedIn = new(StringComparer.Ordinal);
    readonly ConcurrentQueue<Told> _told = new();
    long _shoppers, _finished, _checkouts, _placed, _rateLimited, _retries, _repeats, _differing;

    /// <summary>How long the run took, the last shopper included.</summary>
    public TimeSpan Took { get; internal set; }

    /// <summary>Shoppers who came.</summary>
    public long Shoppers => Volatile.Read(ref _shoppers);

    /// <summary>Shoppers who got what they came for, or a clear no.</summary>
    public long Finished => Volatile.Read(ref _finished);

    /// <summary>Checkouts that were begun.</summary>
    public long Checkouts => Volatile.Read(ref _checkouts);

    /// <summary>Orders that the store gave an id to.</summary>
    public long Placed => Volatile.Read(ref _placed);

    /// <summary>Answers 429: the gateway's limit for one client.</summary>
    public long RateLimited => Volatile.Read(ref _rateLimited);

    /// <summary>Requests sent again after a fault.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Requests sent again under their key although they had been answered, or were about to be.</summary>
    public long Repeats => Volatile.Read(ref _repeats);

    /// <summary>Repeats whose answer was another than the first: a fault of the store.</summary>
    public long Differing => Volatile.Read(ref _differing);

    /// <summary>Each action, by name; a journey as a whole is <c>journey: buy</c>.</summary>
    public IReadOnlyDictionary<string, ActionReport> Actions => _actions;

    /// <summary>How checkouts ended: <c>confirmed</c>, <c>rejected: out_of_stock</c>, <c>refused: cart.in_checkout</c>, …</summary>
    public IReadOnlyDictionary<string, long> Outcomes => _outcomes;

    /// <summary>The same, of those alone who had signed in.</summary>
    public IReadOnlyDictionary<string, long> SignedInOutcomes => _signedIn;

    /// <summary>Every answer about carts and orders, in the order in which they came.</summary>
    public IReadOnlyCollection<Told> Told => _told;

    /// <summary>Whether the run says nothing: no action succeeded, or checkouts were begun and not one order was placed.</summary>
    public bool IsEmpty => Actions.Values.All(action => action.Ok == 0) || Checkouts > 0 && Placed == 0;

    /// <summary>The figures, as one value.</summary>
    public Summary ToSummary()
    {
        var seconds = Math.Max(Took.TotalSeconds, 1e-9);
        return new Summary(
            Math.Round(Took.TotalSeconds, 3), Shoppers, Finished, Checkouts, Placed, Math.Round(Placed / seconds, 2),
            RateLimited, Retries, Repeats, Differing,
            new SortedDictionary<string, ActionSummary>(_actions.ToDictionary(action => action.Key, action => action.Value.ToSummary(seconds)), StringComparer.Ordinal),
            new SortedDictionary<string, long>(_outcomes, StringComparer.Ordinal), new SortedDictionary<string, long>(_signedIn, StringComparer.Ordinal));
    }

    internal ActionReport Action(string name) => _actions.GetOrAdd(name, _ => new ActionReport());

    internal void Came() => Interlocked.Increment(ref _shoppers);

    internal void HasFinished() => Interlocked.Increment(ref _finished);

    internal void BeganCheckout() => Interlocked.Increment(ref _checkouts);

    internal void PlacedOrder() => Interlocked.Increment(ref _placed);

    internal void WasRateLimited() => Interlocked.Increment(ref _rateLimited);

    internal void Retried() => Interlocked.Increment(ref _retries);

    internal void Repeated(bool isSame)
    {
        Interlocked.Increment(ref _repeats);
        if (!isSame) Interlocked.Increment(ref _differing);
    }

    internal void Ended(string outcome, bool isSignedIn)
    {
        _outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
        if (isSignedIn) _signedIn.AddOrUpdate(outcome, 1, (_, count) => count + 1);
    }

    internal void Note(Told told) => _told.Enqueue(told);
}

/// <summary>One kind of action: how often it went well, was refused or failed, and how long it took from when it was meant to begin.</summary>
public sealed class ActionReport
{
    long _ok, _refused, _failed;

    /// <summary>Answered with success.</summary>
    public long Ok => Volatile.Read(ref _ok);

    /// <summary>Answered with a no (4xx).</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Not answered, or with a fault, after every try.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Every one of them, the failed included.</summary>
    public Latencies Latencies { get; } = new();

    internal void Add(TimeSpan length, int status)
    {
        Interlocked.Increment(ref status is >= 200 and < 400 ? ref _ok : ref status is >= 400 and < 500 and not 429 ? ref _refused : ref _failed);
        Latencies.Add(length);
    }

    internal ActionSummary ToSummary(double seconds) => new(
        Latencies.Count, Math.Round(Latencies.Count / seconds, 2), Ok, Refused, Failed,
        Math.Round(Latencies.At(0.5).TotalMilliseconds, 2), Math.Round(Latencies.At(0.99).TotalMilliseconds, 2),
        Math.Round(Latencies.Max.TotalMilliseconds, 2));
}

/// <summary>The figures of a run.</summary>
public sealed record Summary(
    double Seconds, long Shoppers, long Finished, long Checkouts, long Placed, double OrdersPerSecond,
    long RateLimited, long Retries, long Repeats, long Differing,
    IReadOnlyDictionary<string, ActionSummary> Actions, IReadOnlyDictionary<string, long> Outcomes, IReadOnlyDictionary<string, long> SignedInOutcomes)
{
    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LoadJson.Default.Summary);
}

/// <summary>The figures of one kind of action; lengths in milliseconds.</summary>
public sealed record ActionSummary(long Count, double PerSecond, long Ok, long Refused, long Failed, double P50, double P99, double Max);
