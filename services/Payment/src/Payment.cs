namespace Souk.Payment;

/// <summary>An amount in minor units.</summary>
sealed record Money(long Amount, string Currency)
{
    /// <summary>Above any order: a larger figure is a slip of the hand.</summary>
    public const long AmountMax = 1_000_000_000_000;

    public static bool IsValid(Money? money) =>
        money is { Amount: > 0 and <= AmountMax, Currency: { Length: 3 } currency } && currency.All(char.IsAsciiLetterUpper);
}

/// <summary>
/// The payment of one order, and everything that was asked of the provider for it. Rules only: what may be asked next,
/// and what an answer means.
/// </summary>
/// <param name="OrderId">The order.</param>
/// <param name="State">How it stands; <see cref="PaymentState"/>.</param>
/// <param name="Amount">What is to be paid.</param>
/// <param name="Attempt">Which card is being tried, from 1; 0: none ever was.</param>
/// <param name="ProviderId">The provider's name for the present authorisation.</param>
/// <param name="Captured">What was taken.</param>
/// <param name="Refunded">What was given back of it.</param>
/// <param name="IsWanted">False once it was voided: whatever succeeds after that is taken back.</param>
/// <param name="Reason">Why not, in the provider's word.</param>
/// <param name="NextActionUrl">Where the customer has to answer the bank.</param>
/// <param name="Version">Counts the changes.</param>
/// <param name="FeedVersion">Counts those that were published.</param>
/// <param name="Operations">What was asked of the provider.</param>
sealed record Payment(
    string OrderId, string State, Money Amount, int Attempt, string? ProviderId, long Captured, long Refunded,
    bool IsWanted, string? Reason, string? NextActionUrl, long Version, long FeedVersion, IReadOnlyList<Operation> Operations)
{
    public const int AttemptsMax = 3;

    static Payment New(string orderId, Money amount) =>
        new(orderId, PaymentState.Authorizing, amount, 0, null, 0, 0, true, null, null, 0, 0, []);

    /// <summary>How it stands towards the order: a question that is under way has no answer yet.</summary>
    public string Standing => State == PaymentState.Authorizing ? PaymentState.Unknown : State;

    /// <summary>What has no answer; a void before the authorisation it takes back.</summary>
    public IEnumerable<Operation> Open => Operations.Where(operation => operation.IsOpen)
        .OrderBy(operation => operation.Kind == Kind.Void ? 0 : 1);

    public Operation? Find(string key) => Operations.FirstOrDefault(operation => operation.Key == key);

    Operation? Capturing => Find(Keys.Capture(OrderId));

    /// <summary>Refunded or about to be.</summary>
    long PromisedBack => Operations.Where(operation => operation is { Kind: Kind.Refund, State: not OperationState.Refused })
        .Sum(operation => operation.Amount.Amount);

    bool IsPending => State is PaymentState.Authorizing or PaymentState.Unknown or PaymentState.RequiresCustomer;

    /// <summary>The same number again is the same question; the next card is taken only after a decline.</summary>
    public static Decision Authorize(Payment? known, string orderId, int attempt, Money amount, DateTimeOffset now, TimeSpan patience)
    {
        if (known is { IsWanted: false }) return PaymentRefusals.Voided;
        if (known is not null && known.Amount != amount) return PaymentRefusals.AuthorizationChanged;
        if (known is not null && attempt <= known.Attempt) return known;
        if (attempt > AttemptsMax || attempt != (known?.Attempt ?? 0) + 1) return PaymentRefusals.AttemptInvalid;
        if (known is not null && known.State != PaymentState.Declined) return PaymentRefusals.AttemptInvalid;
        var payment = (known ?? New(orderId, amount)) with
        {
            State = PaymentState.Authorizing,
            Attempt = attempt,
            ProviderId = null,
            Reason = null,
            NextActionUrl = null,
        };
        return payment.With(Operation.Ask(Keys.Authorize(orderId, attempt), orderId, Kind.Authorize, amount, null, now, patience));
    }

    /// <summary>Takes what was authorised: once, never more.</summary>
    public Decision Capture(Money amount, DateTimeOffset now, TimeSpan patience)
    {
        if (Capturing is { } asked) return asked.Amount == amount ? this : PaymentRefusals.CaptureChanged;
        if (!IsWanted || State != PaymentState.Authorized || ProviderId is null) return PaymentRefusals.CaptureRefused(State);
        if (amount.Currency != Amount.Currency || amount.Amount > Amount.Amount) return PaymentRefusals.CaptureRefused("amount_too_large");
        return With(Operation.Ask(Keys.Capture(OrderId), OrderId, Kind.Capture, amount, ProviderId, now, patience));
    }

    /// <summary>
    /// Nothing is wanted any more: what is held is given up, what is unknown will be, and where nothing was there never will.
    /// </summary>
    public static Decision Void(Payment? known, string orderId, DateTimeOffset now)
    {
        if (known is null) return New(orderId, new Money(0, "")) with { State = PaymentState.Voided, IsWanted = false };
        if (known.Captured > 0) return PaymentRefusals.Captured;
        // What became of the capture comes first.
        if (!known.IsWanted || known.Capturing is { IsOpen: true }) return known;
        var unwanted = known with { IsWanted = false };
        return known.State switch
        {
            PaymentState.Declined => unwanted with { State = PaymentState.Voided },
            PaymentState.Authorized => unwanted.GiveUp(known.ProviderId!, known.Amount, now),
            PaymentState.RequiresCustomer when known.ProviderId is { } id => unwanted.GiveUp(id, known.Nothing, now),
            _ => unwanted,
        };
    }

    /// <summary>Gives back, once for each key; all of them together, those under way too, never more than was taken.</summary>
    public Decision Refund(string name, Money amount, DateTimeOffset now, TimeSpan patience)
    {
        var key = Keys.Refund(OrderId, name);
        if (Find(key) is { } asked) return asked.Amount == amount ? this : PaymentRefusals.RefundChanged;
        if (State != PaymentState.Captured || amount.Currency != Amount.Currency) return PaymentRefusals.RefundRefused("not_captured");
        if (PromisedBack + amount.Amount > Captured) return PaymentRefusals.RefundTooMuch(Captured - PromisedBack);
        return With(Operation.Ask(key, OrderId, Kind.Refund, amount, ProviderId, now, patience));
    }

    /// <summary>
    /// What an answer means. A lower state never overwrites a higher one, and silence is never a no: an operation that has
    /// no definite answer stays open. A success after a no is taken back.
    /// </summary>
    /// <param name="key">The operation that was asked about.</param>
    /// <param name="answer">What was said.</param>
    /// <param name="now">When.</param>
    /// <returns>The payment after it; and the alarm, where the answer is one that must not be.</returns>
    public (Payment After, string? Alarm) Settle(string key, Answer answer, DateTimeOffset now)
    {
        if (Find(key) is not { } operation || operation.State == OperationState.Done) return (this, null);
        if (answer.Outcome == Outcome.Done && answer.Amount is { } moved && moved != operation.Amount.Amount && operation.Amount.Amount != 0)
        {
            return (this with { Operations = Replaced(operation.Wait(answer, now)) }, $"{moved} was moved where {operation.Amount.Amount} was asked for");
        }
        if (!operation.IsOpen && answer.Outcome != Outcome.Done) return (this, null);
        // Others may have taken the place of a refund that succeeds after its no: it is not booked, and somebody has to know.
        if (operation is { Kind: Kind.Refund, IsOpen: false } && PromisedBack + operation.Amount.Amount > Captured)
        {
            return (this, $"{operation.Amount.Amount} more was given back than was taken");
        }

        var after = this with { Operations = Replaced(operation.After(answer, IsWanted, now)) };
        return (operation.Kind switch
        {
            Kind.Authorize => after.Authorized(operation, answer, now),
            Kind.Capture when answer.Outcome == Outcome.Done => after.Taken(operation, now),
            Kind.Refund when answer.Outcome == Outcome.Done => after with { Refunded = Refunded + operation.Amount.Amount },
            Kind.Void => after.GivenUp(operation, answer, now),
            _ => after,
        }, null);
    }

    Payment Authorized(Operation operation, Answer answer, DateTimeOffset now)
    {
        var isCurrent = operation.Key == Keys.Authorize(OrderId, Attempt) && operation.IsOpen && IsPending;
        return answer.Outcome switch
        {
            Outcome.Done when isCurrent && IsWanted => this with
            {
                State = PaymentState.Authorized,
                ProviderId = answer.ProviderId,
                Reason = null,
                NextActionUrl = null,
            },
            // Too late: nobody waits for it any more.
            Outcome.Done => GiveUp(answer.ProviderId!, Amount, now),
            Outcome.NeedsCustomer when isCurrent && IsWanted => this with
            {
                State = PaymentState.RequiresCustomer,
                ProviderId = answer.ProviderId,
                NextActionUrl = answer.NextActionUrl,
            },
            Outcome.NeedsCustomer when isCurrent => GiveUp(answer.ProviderId!, Nothing, now),
            Outcome.Refused when isCurrent => this with
            {
                State = IsWanted ? PaymentState.Declined : PaymentState.Voided,
                Reason = answer.Reason,
                NextActionUrl = null,
            },
            Outcome.NotThere when isCurrent && !IsWanted => this with { State = PaymentState.Voided },
            _ when State == PaymentState.Authorizing => this with { State = PaymentState.Unknown },
            _ => this,
        };
    }

    /// <summary>Money that is taken after all, when the order was cancelled meanwhile, goes back.</summary>
    Payment Taken(Operation capture, DateTimeOffset now)
    {
        var taken = this with { State = PaymentState.Captured, Captured = capture.Amount.Amount };
        return IsWanted ? taken : taken.With(Operation.Ask(
            Keys.Refund(OrderId, "late"), OrderId, Kind.Refund, capture.Amount, capture.ProviderId, now, TimeSpan.Zero));
    }

    Payment GivenUp(Operation given, Answer answer, DateTimeOffset now)
    {
        if (answer.Outcome is not (Outcome.Done or Outcome.Refused)) return this;
        // The customer's answer is not waited for any more, whether or not the provider could be told.
        var waiting = Operations.FirstOrDefault(operation => operation is { Kind: Kind.Authorize, IsOpen: true }
            && operation.ProviderId == given.ProviderId);
        var operations = waiting is null ? Operations : Replaced(waiting with
        {
            State = OperationState.Refused,
            Reason = "voided",
            SettledAt = now,
            NextAskAt = null,
        });
        var isOver = (answer.Outcome == Outcome.Done || waiting is not null) && !IsWanted
            // Not that of an earlier card, which came too late.
            && Find(Keys.Authorize(OrderId, Attempt))?.ProviderId == given.ProviderId;
        return this with
        {
            Operations = operations,
            State = isOver && (IsPending || State == PaymentState.Authorized) ? PaymentState.Voided : State,
            NextActionUrl = isOver ? null : NextActionUrl,
        };
    }

    /// <summary>Asks for a void, unless one is under way or done; one that was refused is asked for anew, under a key of its own.</summary>
    Payment GiveUp(string providerId, Money held, DateTimeOffset now)
    {
        var voids = Operations.Where(operation => operation.Kind == Kind.Void).ToList();
        if (voids.Find(operation => operation.ProviderId == providerId && operation.State != OperationState.Refused) is { } asked)
        {
            // The customer had said yes, and we had not heard of it: what was given up was money after all.
            return asked.Amount.Amount < held.Amount ? this with { Operations = Replaced(asked with { Amount = held }) } : this;
        }
        return With(Operation.Ask(Keys.Void(OrderId, voids.Count + 1), OrderId, Kind.Void, held, providerId, now, TimeSpan.Zero));
    }

    Money Nothing => Amount with { Amount = 0 };

    Payment With(Operation operation) => this with { Operations = [.. Operations, operation] };

    IReadOnlyList<Operation> Replaced(Operation by) => [.. Operations.Select(operation => operation.Key == by.Key ? by : operation)];

    /// <summary>Whether what the provider tells is known already: then nothing need be asked.</summary>
    public bool Knows(Notice notice)
    {
        var asked = notice.Reference is { } reference ? Find(reference) : null;
        return notice.Captured <= Captured && notice.Refunded <= Refunded && notice.State switch
        {
            ProviderState.RequiresCustomer => State is not (PaymentState.Authorizing or PaymentState.Unknown),
            ProviderState.Declined => asked is not { IsOpen: true },
            ProviderState.Voided or ProviderState.Expired => Operations.All(operation => !operation.IsOpen),
            _ => asked is { State: OperationState.Done },
        };
    }
}

/// <summary>How a payment stands.</summary>
static class PaymentState
{
    public const string Authorizing = "authorizing";
    public const string Unknown = "unknown";
    public const string RequiresCustomer = "requires_customer";
    public const string Declined = "declined";
    public const string Authorized = "authorized";
    public const string Voided = "voided";
    public const string Captured = "captured";
}

/// <summary>The payment after a change, or the refusal of it.</summary>
readonly record struct Decision(Payment? Payment, Refusal? Refusal)
{
    public static implicit operator Decision(Payment payment) => new(payment, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);
}
