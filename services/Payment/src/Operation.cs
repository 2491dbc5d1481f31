namespace Souk.Payment;

/// <summary>One thing asked of the provider. It is committed before it is asked, and open until there is a definite answer.</summary>
/// <param name="Key">The Idempotency-Key it is asked with, every time.</param>
/// <param name="OrderId">For which order.</param>
/// <param name="Kind">One of <see cref="Souk.Payment.Kind"/>.</param>
/// <param name="Amount">How much; 0: a void of what was never authorised, which no ledger shows.</param>
/// <param name="State">One of <see cref="OperationState"/>.</param>
/// <param name="ProviderId">The authorisation it is about, once known.</param>
/// <param name="Reason">Why not.</param>
/// <param name="AskedAt">When it was asked first.</param>
/// <param name="SettledAt">When the answer was known.</param>
/// <param name="Asks">How often the answer was none.</param>
/// <param name="NextAskAt">When to ask again by ourselves; null: never.</param>
sealed record Operation(
    string Key, string OrderId, string Kind, Money Amount, string State, string? ProviderId, string? Reason,
    DateTimeOffset AskedAt, DateTimeOffset? SettledAt, int Asks, DateTimeOffset? NextAskAt)
{
    /// <summary>So long a provider remembers a key: later the same key could move money twice.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(15);
    static readonly TimeSpan BackoffOfOld = TimeSpan.FromMinutes(5);

    /// <summary>One that is asked now; others ask again only when its asker's patience has ended.</summary>
    public static Operation Ask(
        string key, string orderId, string kind, Money amount, string? providerId, DateTimeOffset now, TimeSpan patience) =>
        new(key, orderId, kind, amount, OperationState.Asked, providerId, null, now, null, 0, now + patience);

    public bool IsOpen => State is OperationState.Asked or OperationState.Unknown;

    public bool MayBeSent(DateTimeOffset now) => now - AskedAt < KeyLife;

    /// <summary>Whether the first asking may still be under way.</summary>
    public bool IsUnderWay(DateTimeOffset now) => State == OperationState.Asked && Asks == 0 && NextAskAt > now;

    public Operation After(Answer answer, bool isWanted, DateTimeOffset now) => answer.Outcome switch
    {
        Outcome.Done => this with
        {
            State = OperationState.Done,
            ProviderId = answer.ProviderId ?? ProviderId,
            Reason = null,
            SettledAt = now,
            NextAskAt = null,
        },
        Outcome.Refused => Refused(answer.Reason, now),
        Outcome.NotThere when !isWanted => Refused("never_arrived", now),
        _ => Wait(answer, now),
    };

    public Operation Wait(Answer answer, DateTimeOffset now)
    {
        var backoff = now - AskedAt > TimeSpan.FromHours(1) ? BackoffOfOld
            : Asks >= 4 ? BackoffMax : TimeSpan.FromSeconds(1 << Asks);
        return this with
        {
            State = answer.Outcome == Outcome.NeedsCustomer ? OperationState.Asked : OperationState.Unknown,
            ProviderId = answer.ProviderId ?? ProviderId,
            Reason = answer.Reason,
            Asks = Asks + 1,
            NextAskAt = now + backoff,
        };
    }

    Operation Refused(string? reason, DateTimeOffset now) =>
        this with { State = OperationState.Refused, Reason = reason, SettledAt = now, NextAskAt = null };
}

/// <summary>What can be asked.</summary>
static class Kind
{
    public const string Authorize = "authorize";
    public const string Capture = "capture";
    public const string Void = "void";
    public const string Refund = "refund";
}

/// <summary>What became of it.</summary>
static class OperationState
{
    public const string Asked = "asked";
    public const string Unknown = "unknown";
    public const string Done = "done";
    public const string Refused = "refused";
}

/// <summary>The names under which the provider is asked: derived, so that a repeat has the same.</summary>
static class Keys
{
    public static string Authorize(string orderId, int attempt) => $"ord-{orderId}-auth-{attempt}";

    public static string Capture(string orderId) => $"ord-{orderId}-cap-1";

    public static string Void(string orderId, int number) => $"ord-{orderId}-void-{number}";

    public static string Refund(string orderId, string name) => $"ord-{orderId}-ref-{name}";
}
