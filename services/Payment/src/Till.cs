namespace Souk.Payment;

/// <summary>
/// Asks the provider, with no transaction open: what is asked was committed before, what is answered is committed after.
/// Whatever goes wrong in between leaves the operation open, and it is asked again under the same key.
/// </summary>
sealed class Till(PaymentStore store, IProvider provider, Alarms alarms, TimeProvider clock, PaymentOptions options, ILogger<Till> logger)
{
    // Who asked has given up well before.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>How long a question may be under way before others ask again.</summary>
    public TimeSpan Patience => options.ProviderTimeout + Margin;

    /// <summary>Asks about everything that is open, once each, and about what that brings with it.</summary>
    /// <param name="payment">The payment.</param>
    /// <param name="card">The card, where one may be tried (again); null: nothing new is authorised.</param>
    /// <param name="isTold">Whether the order hears of a change by the feed.</param>
    public async Task<Payment> ResolveAsync(Payment payment, Attempt? card, Func<bool> isTold)
    {
        var asked = new HashSet<string>(StringComparer.Ordinal);
        while (payment.Open.FirstOrDefault(operation => asked.Add(operation.Key)) is { } operation)
        {
            payment = await store.SettleAsync(payment.OrderId, operation.Key, await AskAsync(payment, operation, card), isTold);
        }
        return payment;
    }

    /// <summary>Asks about one operation, if it is open.</summary>
    public async Task<Payment> ResolveAsync(Payment payment, string key, Func<bool> isTold) => payment.Find(key) is { IsOpen: true } operation
        ? await store.SettleAsync(payment.OrderId, key, await AskAsync(payment, operation, card: null), isTold)
        : payment;

    /// <summary>Looks at the authorisation itself, for a success that comes after a no.</summary>
    public async Task<Payment> LookAsync(Payment payment, Operation authorization)
    {
        var answer = await TryAsync(authorization, async cancellation => await SeeAsync(authorization, cancellation));
        payment = await store.SettleAsync(payment.OrderId, authorization.Key, answer, () => true);
        return await ResolveAsync(payment, card: null, () => true);
    }

    async Task<Answer> AskAsync(Payment payment, Operation operation, Attempt? card)
    {
        var answer = await TryAsync(operation, cancellation => operation.Kind switch
        {
            // A kept answer is not the present state: once the provider has named it, it is looked at.
            Kind.Authorize when operation.ProviderId is not null => SeeAsync(operation, cancellation),
            Kind.Authorize when card is not null && payment.IsWanted && operation.MayBeSent(clock.GetUtcNow()) =>
                provider.AuthorizeAsync(operation, card, cancellation),
            Kind.Authorize => SeeAsync(operation, cancellation),
            Kind.Refund when !operation.MayBeSent(clock.GetUtcNow()) =>
                Task.FromResult(Answer.Unknown("only the provider's ledger can tell after a day")),
            _ when !operation.MayBeSent(clock.GetUtcNow()) => SeeAsync(operation, cancellation),
            Kind.Capture => provider.CaptureAsync(operation, cancellation),
            Kind.Void => provider.VoidAsync(operation, cancellation),
            Kind.Refund => provider.RefundAsync(operation, cancellation),
            _ => throw new InvalidOperationException($"Nobody knows how to ask for a '{operation.Kind}'."),
        });
        return operation.Kind == Kind.Void && answer.Outcome == Outcome.Refused ? await WhyNotAsync(operation, answer) : answer;
    }

    /// <summary>A void that is refused may be needless: the authorisation has run out, or was never given.</summary>
    async Task<Answer> WhyNotAsync(Operation operation, Answer refused)
    {
        var seen = await TryAsync(operation, cancellation => SeeAsync(operation, cancellation));
        if (seen.Outcome is Outcome.Done or Outcome.Unknown) return seen;
        if (operation.Amount.Amount > 0) await alarms.RaiseAsync(operation.Key, "void_refused", $"The provider keeps what nobody wants: {refused.Reason}");
        return refused;
    }

    async Task<Answer> SeeAsync(Operation operation, CancellationToken cancellation)
    {
        var seen = operation.ProviderId is { } id ? await provider.GetAsync(id, cancellation) : await provider.FindAsync(operation, cancellation);
        return seen?.About(operation) ?? new Answer(Outcome.NotThere, Reason: "the provider has never heard of it");
    }

    async Task<Answer> TryAsync(Operation operation, Func<CancellationToken, Task<Answer>> ask)
    {
        // Money moves or it does not, whether or not the caller still waits: this has a time limit of its own.
        Deadline.Start(options.ProviderTimeout, clock);
        using var limit = new CancellationTokenSource(options.ProviderTimeout, clock);
        try
        {
            return await ask(limit.Token);
        }
        catch (Exception error) when (error is not InvalidOperationException)
        {
            // No answer is not a no.
            logger.LogWarning("Nobody knows what became of {Key}: {Error}", operation.Key, error.Message);
            return Answer.Unknown(error is OperationCanceledException ? "timeout" : error.Message);
        }
    }
}

/// <summary>How Payment waits, and where people find the store.</summary>
/// <param name="ProviderTimeout">For an answer of the provider. Setting: <c>Payment:ProviderTimeout</c>, default 2 s.</param>
/// <param name="ReconcileEvery">Between two looks into the provider's ledger. Setting: <c>Payment:ReconcileEvery</c>, default 5 s.</param>
/// <param name="StoreUrl">Where a browser finds the shop. Setting: <c>Souk:StoreUrl</c>.</param>
sealed record PaymentOptions(TimeSpan ProviderTimeout, TimeSpan ReconcileEvery, Uri StoreUrl)
{
    public static PaymentOptions Of(IConfiguration settings) => new(
        settings.GetValue("Payment:ProviderTimeout", TimeSpan.FromSeconds(2)),
        settings.GetValue("Payment:ReconcileEvery", TimeSpan.FromSeconds(5)),
        new Uri(settings["Souk:StoreUrl"] ?? "http://localhost:8080"));

    /// <summary>Whether an address leads back to the store: customers are sent nowhere else.</summary>
    public bool IsOfStore(string? address) =>
        address is { Length: <= 2000 } && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.GetLeftPart(UriPartial.Authority) == StoreUrl.GetLeftPart(UriPartial.Authority) && uri.UserInfo.Length == 0;
}
