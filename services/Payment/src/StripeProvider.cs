using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Payment;

/// <summary>
/// Stripe: PaymentIntents that are confirmed at once and captured later. Left out of a build ahead of time, because its
/// library reads JSON by reflection (docs/decisions/0010).
/// </summary>
sealed class StripeProvider(HttpClient http, StripeSettings settings) : IProvider
{
    const string Reference = "reference";
    const string Order = "order";
    const string Key = "key";
    const int PageSize = 100;

    // A busy store has so many payments around one; more is not looked through.
    const int SearchMax = 2000;

    static readonly List<string> MoneyEvents =
        ["payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.canceled", "refund.created"];

    readonly Stripe.StripeClient _client = new(new Stripe.StripeClientOptions
    {
        ApiKey = settings.SecretKey,
        ApiBase = settings.ApiBase,
        // No retries of its own: what is asked again is asked by us, after what is known has been committed.
        HttpClient = new Stripe.SystemNetHttpClient(http, maxNetworkRetries: 0, enableTelemetry: false),
    });

    Stripe.V1Services Api => _client.V1;

    public string Name => "stripe";

    public Task<Answer> AuthorizeAsync(Operation operation, Attempt attempt, CancellationToken cancellation) => AskAsync(operation, async request =>
    {
        var (card, customer) = await CardAsync(attempt.PaymentMethod, cancellation);
        if (card is null) return Answer.Refused("card_not_entered");
        var intent = await Api.PaymentIntents.CreateAsync(new Stripe.PaymentIntentCreateOptions
        {
            Amount = operation.Amount.Amount,
            Currency = operation.Amount.Currency.ToLowerInvariant(),
            AllowedPaymentMethodTypes = ["card"],
            PaymentMethod = card,
            Customer = customer,
            CaptureMethod = "manual",
            Confirm = true,
            ReturnUrl = attempt.ReturnUrl,
            Metadata = new() { [Reference] = operation.Key, [Order] = operation.OrderId },
        }, request, cancellation);
        return See(intent).About(operation);
    });

    public Task<Answer> CaptureAsync(Operation operation, CancellationToken cancellation) => AskAsync(operation, async request =>
    {
        var intent = await Api.PaymentIntents.CaptureAsync(operation.ProviderId!,
            new Stripe.PaymentIntentCaptureOptions { AmountToCapture = operation.Amount.Amount }, request, cancellation);
        return See(intent).About(operation);
    });

    public Task<Answer> VoidAsync(Operation operation, CancellationToken cancellation) => AskAsync(operation, async request =>
    {
        var intent = await Api.PaymentIntents.CancelAsync(operation.ProviderId!,
            new Stripe.PaymentIntentCancelOptions { CancellationReason = "abandoned" }, request, cancellation);
        return See(intent).About(operation);
    });

    public Task<Answer> RefundAsync(Operation operation, CancellationToken cancellation) => AskAsync(operation, async request =>
    {
        var refund = await Api.Refunds.CreateAsync(new Stripe.RefundCreateOptions
        {
            PaymentIntent = operation.ProviderId,
            Amount = operation.Amount.Amount,
            Metadata = new() { [Key] = operation.Key, [Order] = operation.OrderId },
        }, request, cancellation);
        return refund.Status switch
        {
            "succeeded" or "pending" => new Answer(Outcome.Done, operation.ProviderId, Amount: refund.Amount),
            "failed" or "canceled" => Answer.Refused(refund.FailureReason ?? refund.Status),
            _ => Answer.Unknown(refund.Status),
        };
    });

    public async Task<Seen?> GetAsync(string providerId, CancellationToken cancellation)
    {
        try
        {
            return See(await Api.PaymentIntents.GetAsync(providerId, cancellationToken: cancellation));
        }
        catch (Stripe.StripeException error) when (error.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<Seen?> FindAsync(Operation operation, CancellationToken cancellation)
    {
        // Listed, not searched: Stripe's search is minutes behind, and "not there" must be true.
        var around = new Stripe.PaymentIntentListOptions
        {
            Limit = PageSize,
            Created = new Stripe.DateRangeOptions
            {
                GreaterThanOrEqual = (operation.AskedAt - TimeSpan.FromMinutes(5)).UtcDateTime,
                LessThanOrEqual = (operation.AskedAt + Operation.KeyLife).UtcDateTime,
            },
        };
        var seen = 0;
        await foreach (var intent in Api.PaymentIntents.ListAutoPagingAsync(around, cancellationToken: cancellation))
        {
            if (intent.Metadata?.GetValueOrDefault(Reference) == operation.Key) return See(intent);
            if (++seen == SearchMax) throw new HttpRequestException("There are too many payments to look through.");
        }
        return null;
    }

    public async Task<LedgerPage> LedgerAsync(string? after, CancellationToken cancellation)
    {
        var events = new List<Stripe.Event>();
        if (after is null)
        {
            await foreach (var one in Api.Events.ListAutoPagingAsync(Events(), cancellationToken: cancellation)) events.Add(one);
        }
        else
        {
            var next = Events();
            next.EndingBefore = after;
            events.AddRange((await Api.Events.ListAsync(next, cancellationToken: cancellation)).Data);
        }
        // Stripe lists the newest first; a ledger is read from its beginning.
        events.Reverse();
        return new LedgerPage([.. events.Select(Entry).OfType<ProviderEntry>()], events is [.., var newest] ? newest.Id : after);

        static Stripe.EventListOptions Events() => new() { Types = MoneyEvents, Limit = PageSize };
    }

    public async Task<string> PageAsync(PageRequest page, CancellationToken cancellation)
    {
        var back = page.ReturnUrl!;
        try
        {
            var session = await Api.Checkout.Sessions.CreateAsync(new Stripe.Checkout.SessionCreateOptions
            {
                Mode = "setup",
                Currency = page.Amount!.Currency.ToLowerInvariant(),
                // A card that belongs to nobody can be used only once.
                CustomerCreation = "always",
                ClientReferenceId = page.Reference,
                SuccessUrl = $"{back}{(back.Contains('?', StringComparison.Ordinal) ? '&' : '?')}payment_method={{CHECKOUT_SESSION_ID}}",
                CancelUrl = page.CancelUrl,
            }, cancellationToken: cancellation);
            return session.Url;
        }
        catch (Stripe.StripeException error)
        {
            throw new HttpRequestException("Stripe made no page: " + error.StripeError?.Code, error);
        }
    }

    public bool TryRead(IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now, out Notice? notice)
    {
        notice = null;
        if (!WebhookSignature.IsValid(headers["Stripe-Signature"], body, settings.WebhookSecret, now)) return false;
        var told = JsonSerializer.Deserialize(body, StripeJson.Default.StripeEvent);
        if (told is { Id: { } id, Type: { } type, Data.Object: { Object: "payment_intent", Status: { } status } intent })
        {
            notice = new Notice(id, type, intent.Metadata?.GetValueOrDefault(Reference), intent.Id, State(status),
                new Money(intent.Amount, intent.Currency?.ToUpperInvariant() ?? ""), intent.AmountReceived, 0);
        }
        return true;
    }

    async Task<(string? Card, string? Customer)> CardAsync(string token, CancellationToken cancellation)
    {
        if (!token.StartsWith("cs_", StringComparison.Ordinal)) return (token, null);
        var session = await Api.Checkout.Sessions.GetAsync(token,
            new Stripe.Checkout.SessionGetOptions { Expand = ["setup_intent"] }, cancellationToken: cancellation);
        return (session.SetupIntent?.PaymentMethodId, session.CustomerId);
    }

    static async Task<Answer> AskAsync(Operation operation, Func<Stripe.RequestOptions, Task<Answer>> ask)
    {
        try
        {
            return await ask(new Stripe.RequestOptions { IdempotencyKey = operation.Key });
        }
        // A no is definite where Stripe says that the request or the card is at fault; anything else is no answer.
        catch (Stripe.StripeException error) when (error is { StripeError: { Type: "card_error" or "invalid_request_error" } no }
            && error.HttpStatusCode is HttpStatusCode.BadRequest or HttpStatusCode.PaymentRequired or HttpStatusCode.NotFound)
        {
            // What is refused because it is done already is done.
            return no.PaymentIntent is { } intent && See(intent).About(operation) is { Outcome: Outcome.Done } done
                ? done : Answer.Refused(no.DeclineCode ?? no.Code ?? no.Type);
        }
    }

    static Seen See(Stripe.PaymentIntent intent) => new(intent.Id, State(intent.Status), intent.Amount, intent.AmountReceived,
        intent.LastPaymentError?.DeclineCode ?? intent.LastPaymentError?.Code, intent.NextAction?.RedirectToUrl?.Url);

    static ProviderState State(string status) => status switch
    {
        "requires_capture" => ProviderState.Authorized,
        "succeeded" => ProviderState.Captured,
        "canceled" => ProviderState.Voided,
        "requires_action" => ProviderState.RequiresCustomer,
        // It was confirmed when it was made: what wants another card has been declined.
        "requires_payment_method" => ProviderState.Declined,
        _ => ProviderState.Unknown,
    };

    /// <summary>A movement of money of this store; null: of another program on the same account.</summary>
    static ProviderEntry? Entry(Stripe.Event told)
    {
        ProviderEntry? Line(string? key, string kind, string id, string? reference, long amount, string currency) => key is null ? null
            : new(key, kind, id, reference, new Money(amount, currency.ToUpperInvariant()), new DateTimeOffset(told.Created, TimeSpan.Zero));
        return told.Data.Object switch
        {
            Stripe.PaymentIntent intent when intent.Metadata?.GetValueOrDefault(Reference) is { } reference => told.Type switch
            {
                "payment_intent.amount_capturable_updated" => Line(reference, Kind.Authorize, intent.Id, reference, intent.Amount, intent.Currency),
                "payment_intent.succeeded" => Line(Keys.Capture(intent.Metadata.GetValueOrDefault(Order, "")), Kind.Capture, intent.Id, reference, intent.AmountReceived, intent.Currency),
                // The bank's own cancellation has no key: it stays one-sided, and somebody looks.
                _ => Line(told.Request?.IdempotencyKey ?? told.Id, Kind.Void, intent.Id, reference, intent.Amount, intent.Currency),
            },
            Stripe.Refund refund => Line(refund.Metadata?.GetValueOrDefault(Key), Kind.Refund, refund.PaymentIntentId, null, refund.Amount, refund.Currency),
            _ => null,
        };
    }
}

/// <summary>The account at Stripe.</summary>
/// <param name="SecretKey">Setting: <c>Payment:Stripe:SecretKey</c>.</param>
/// <param name="WebhookSecret">Setting: <c>Payment:Stripe:WebhookSecret</c>.</param>
/// <param name="ApiBase">Setting: <c>Payment:Stripe:ApiBase</c>, default Stripe's own.</param>
sealed record StripeSettings(string SecretKey, string WebhookSecret, string ApiBase)
{
    /// <exception cref="InvalidOperationException">A key is missing.</exception>
    public static StripeSettings Of(IConfiguration settings) => new(
        Key(settings, "Payment:Stripe:SecretKey"), Key(settings, "Payment:Stripe:WebhookSecret"),
        settings["Payment:Stripe:ApiBase"] ?? "https://api.stripe.com");

    static string Key(IConfiguration settings, string name) => settings[name] is { Length: > 0 } key ? key
        : throw new InvalidOperationException($"Payment:Provider is 'stripe', and {name} is not set.");
}

/// <summary>Of a webhook, what Payment reads of it.</summary>
sealed record StripeEvent(string? Id, string? Type, StripeEvent.Content? Data)
{
    public sealed record Content(Intent? Object);

    public sealed record Intent(
        string? Object, string? Id, string? Status, long Amount, string? Currency, long AmountReceived, Dictionary<string, string>? Metadata);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StripeEvent))]
sealed partial class StripeJson : JsonSerializerContext;
