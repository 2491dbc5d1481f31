namespace Souk.Payment;

/// <summary>
/// A payment provider. Each asking carries its key, so that asked again it is the same asking. An adapter answers what it
/// was told; what it was not told it throws, and whoever asked knows nothing.
/// </summary>
interface IProvider
{
    /// <summary>As in settings, tables and the webhook's address.</summary>
    string Name { get; }

    Task<Answer> AuthorizeAsync(Operation operation, Attempt attempt, CancellationToken cancellation);

    Task<Answer> CaptureAsync(Operation operation, CancellationToken cancellation);

    Task<Answer> VoidAsync(Operation operation, CancellationToken cancellation);

    Task<Answer> RefundAsync(Operation operation, CancellationToken cancellation);

    /// <summary>What the provider has under its own name; moves nothing.</summary>
    Task<Seen?> GetAsync(string providerId, CancellationToken cancellation);

    /// <summary>What it has under our reference; null: it never heard of it.</summary>
    Task<Seen?> FindAsync(Operation operation, CancellationToken cancellation);

    /// <summary>Its ledger after a position, in its order.</summary>
    Task<LedgerPage> LedgerAsync(string? after, CancellationToken cancellation);

    /// <summary>The provider's page where the customer enters a card; it comes back with the token.</summary>
    Task<string> PageAsync(PageRequest page, CancellationToken cancellation);

    /// <summary>Reads a webhook.</summary>
    /// <param name="headers">With the signature.</param>
    /// <param name="body">The bytes as they came.</param>
    /// <param name="now">When.</param>
    /// <param name="notice">What it tells; null: nothing that concerns a payment.</param>
    /// <returns>False: it is not from the provider, or not from now.</returns>
    bool TryRead(IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now, out Notice? notice);
}

/// <summary>A card that is tried.</summary>
sealed record Attempt(string PaymentMethod, string ReturnUrl);

/// <summary>What the provider said to one operation.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="ProviderId">The provider's name for the authorisation.</param>
/// <param name="Reason">Why not, or why nothing is known.</param>
/// <param name="NextActionUrl">Where the customer goes.</param>
/// <param name="Amount">What was moved, where it was said.</param>
sealed record Answer(Outcome Outcome, string? ProviderId = null, string? Reason = null, string? NextActionUrl = null, long? Amount = null)
{
    public static Answer Refused(string reason) => new(Outcome.Refused, Reason: reason);

    public static Answer Unknown(string reason) => new(Outcome.Unknown, Reason: reason);
}

/// <summary>The kinds of answer.</summary>
enum Outcome
{
    /// <summary>None. The money may have moved.</summary>
    Unknown,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>A definite no: nothing moved, and nothing will.</summary>
    Refused,

    /// <summary>The customer's bank wants the customer.</summary>
    NeedsCustomer,

    /// <summary>The provider has never heard of it; it may still be on its way.</summary>
    NotThere,
}

/// <summary>An authorisation as the provider has it.</summary>
/// <param name="Id">Its name there.</param>
/// <param name="State">How it stands there.</param>
/// <param name="Amount">What was authorised.</param>
/// <param name="Captured">What was taken.</param>
/// <param name="Reason">Why it was declined.</param>
/// <param name="NextActionUrl">Where the customer goes.</param>
sealed record Seen(string Id, ProviderState State, long Amount, long Captured, string? Reason = null, string? NextActionUrl = null)
{
    /// <summary>What it says about an operation that was asked for it.</summary>
    public Answer About(Operation operation) => (operation.Kind, State) switch
    {
        (_, ProviderState.Unknown) => new(Outcome.Unknown, Id, "in progress at the provider"),
        (Kind.Authorize, ProviderState.RequiresCustomer) => new(Outcome.NeedsCustomer, Id, null, NextActionUrl),
        (Kind.Authorize, ProviderState.Declined) => new(Outcome.Refused, Id, Reason),
        (Kind.Authorize, ProviderState.Authorized or ProviderState.Captured) => new(Outcome.Done, Id, Amount: Amount),
        // Whether it was ever authorised, the provider's ledger tells.
        (Kind.Authorize, _) => new(Outcome.Refused, Id, "voided"),
        (Kind.Capture, _) when Captured > 0 => new(Outcome.Done, Id, Amount: Captured),
        (Kind.Void, ProviderState.Voided or ProviderState.Expired or ProviderState.Declined) => new(Outcome.Done, Id),
        (Kind.Void, ProviderState.Captured) or (Kind.Capture, not ProviderState.Authorized) => new(Outcome.Refused, Id, State.ToString()),
        _ => new(Outcome.NotThere, Id),
    };
}

/// <summary>How an authorisation stands at the provider.</summary>
enum ProviderState
{
    Unknown,
    RequiresCustomer,
    Declined,
    Authorized,
    Captured,
    Voided,
    Expired,
}

/// <summary>What the provider tells by itself.</summary>
/// <param name="EventId">Its own number.</param>
/// <param name="Type">What happened, in its words.</param>
/// <param name="Reference">Our name of the authorisation.</param>
/// <param name="ProviderId">Its name of it.</param>
/// <param name="State">How it stood then; not trusted, only compared.</param>
/// <param name="Amount">What was authorised.</param>
/// <param name="Captured">What had been taken.</param>
/// <param name="Refunded">What had been given back.</param>
sealed record Notice(
    string EventId, string Type, string? Reference, string? ProviderId, ProviderState State, Money Amount, long Captured, long Refunded);

/// <summary>A line of the provider's ledger.</summary>
sealed record ProviderEntry(
    string Key, string Kind, string ProviderId, string? Reference, Money Amount, DateTimeOffset BookedAt);

/// <summary>Some of them, and where to read on.</summary>
sealed record LedgerPage(IReadOnlyList<ProviderEntry> Entries, string? Position);
