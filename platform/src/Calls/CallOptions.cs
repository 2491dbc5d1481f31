namespace Souk.Platform.Calls;

/// <summary>How calls to one service behave. The defaults fit a call between two services of one store.</summary>
public sealed class CallOptions
{
    /// <summary>One attempt may take this long, or what is left of the deadline if that is less. Default: 2 s.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Retries after the first attempt, for idempotent calls, within the budget of 10 %. Default: 2.</summary>
    public int RetriesMax { get; set; } = 2;

    /// <summary>The wait before the first retry, doubled for each further one, with jitter. Default: 25 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>
    /// Where set, a GET that has no answer after this long is asked a second time beside the first, and the
    /// faster answer wins. Default: off.
    /// </summary>
    public TimeSpan? HedgeAfter { get; set; }

    /// <summary>How long the circuit stays open after half of the calls of 10 s (at least 20) have failed. Default: 1 s.</summary>
    public TimeSpan BreakLength { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether the calls carry the token of the user for whom the request at hand is made, so that the callee decides by
    /// the user and not by the caller. Default: no.
    /// </summary>
    public bool PassUser { get; set; }

    /// <summary>
    /// Whether an answer must prove that the service itself gave it: what is believed without asking again, such as events
    /// and keys. The callee says so on its route. A network that was handed in proves nothing. Default: no.
    /// </summary>
    internal bool MustProve { get; set; }
}
