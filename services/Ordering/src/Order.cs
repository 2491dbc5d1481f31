using System.Text.Json.Serialization;

namespace Souk.Ordering;

/// <summary>An order: what was agreed, and how it stands. Where it is on its way is its checkout saga's state.</summary>
/// <param name="Id">Unguessable: whoever has it may read and cancel a guest's order.</param>
/// <param name="Number">For people: on mails and parcels.</param>
/// <param name="Agreed">What was agreed; it never changes.</param>
/// <param name="PlacedAt">When.</param>
/// <param name="Version">Counts its changes, from 1.</param>
/// <param name="FeedVersion">Counts its events.</param>
/// <param name="PaymentMethod">The provider's token of the card; never a card's number.</param>
/// <param name="Attempt">Which authorisation this is: 1 to 3.</param>
/// <param name="Payment">How the payment stands.</param>
/// <param name="IsHeld">Whether the stock may be reserved until a time only, because a customer is or was waited for.</param>
/// <param name="Ending">How a checkout that is being taken back will end: cancelled, rejected, or after the pivot reversed.</param>
/// <param name="Reason">Why it ended so, or needs somebody.</param>
/// <param name="Refunded">Minor units that have gone back.</param>
/// <param name="Shipment">What Shipping has told.</param>
/// <param name="Customer">The subject whose order it is, and nobody else's; null: a guest's.</param>
sealed record Order(
    string Id, string Number, Agreement Agreed, DateTimeOffset PlacedAt, long Version, long FeedVersion,
    string PaymentMethod, int Attempt, PaymentStanding Payment, bool IsHeld, string? Ending, string? Reason,
    long Refunded, Shipment? Shipment, string? Customer = null)
{
    /// <summary>As many cards may be tried for one order.</summary>
    public const int AttemptsMax = 3;

    public long Total => Agreed.Total.Amount;

    /// <summary>Whether it may be read, paid and cancelled for a user; null: a guest, who has its id.</summary>
    public bool IsFor(StoreUser? user) => IsFor(Customer, user);

    /// <inheritdoc cref="IsFor(StoreUser?)"/>
    public static bool IsFor(string? customer, StoreUser? user) =>
        customer is null || user is { IsPartner: false } && user.Subject == customer;
}

/// <summary>What store and shopper agreed on: the order's snapshot.</summary>
sealed record Agreement(
    string CartId, long CartVersion, string QuoteHash, string Email, Address ShippingAddress, ShippingOption ShippingOption,
    IReadOnlyList<QuoteLine> Lines, Money ItemsTotal, Money Shipping, Money Tax, int TaxRate, Money Total)
{
    [JsonIgnore]
    public IReadOnlyList<Pieces> Pieces => [.. Lines.Select(line => new Pieces(line.Sku, line.Quantity))];
}

/// <summary>Where a parcel goes.</summary>
sealed record Address(
    string Name, string Line1, string City, string PostalCode, string Country,
    string? Line2 = null, string? Region = null, string? Phone = null);

/// <summary>How the payment stands, as the page shows it.</summary>
/// <param name="State"><c>pending</c>, <c>authorized</c>, <c>captured</c>, <c>declined</c>, <c>unknown</c>, <c>requires_customer</c>, <c>voided</c>.</param>
/// <param name="Reason">Why it was declined.</param>
/// <param name="NextActionUrl">Where the customer has to go: the bank's page.</param>
sealed record PaymentStanding(string State, string? Reason = null, string? NextActionUrl = null);

/// <summary>What Shipping has told: its parcels with their tracking.</summary>
sealed record Shipment(string State, IReadOnlyList<Parcel> Parcels)
{
    public bool IsSameAs(Shipment? other) => other is not null && State == other.State && Parcels.SequenceEqual(other.Parcels);
}

/// <summary>A parcel.</summary>
sealed record Parcel(int No, string Tracking, string State);

/// <summary>Every no that Ordering says.</summary>
static class OrderRefusals
{
    public static readonly Refusal OrderUnknown = Refusal.NotFound("order.order_unknown", "There is no such order.");

    public static readonly Refusal CartUnknown = Refusal.NotFound("cart.cart_unknown",
        "There is no such cart. Carts are removed 30 days after their last change.");

    public static readonly Refusal CartEmpty = Refusal.Unprocessable("order.cart_empty", "There is nothing in the cart that can be bought.");

    public static readonly Refusal CountryInvalid = Refusal.BadRequest("order.country_invalid",
        "country is two letters of ISO 3166-1: DE.");

    public static readonly Refusal CountryUnserved = Refusal.Unprocessable("order.country_unserved",
        "The store does not send anything to this country.");

    public static readonly Refusal OptionUnknown = Refusal.BadRequest("order.shipping_option_unknown",
        "shippingOption is none of those that the quote lists.");

    public static readonly Refusal CartChanged = Refusal.Conflict("order.cart_changed",
        "The cart is not at the version that was quoted. Look at the new quote.");

    public static readonly Refusal PriceChanged = Refusal.Conflict("order.price_changed",
        "The order would cost something else than was quoted. Nothing was charged; look at the new quote.");

    public static readonly Refusal InCheckout = Refusal.Conflict("cart.in_checkout",
        "This cart is being checked out already, under another key.");

    public static readonly Refusal NotCancellable = Refusal.Conflict("order.not_cancellable",
        "The order is confirmed or has ended; it can be returned, not cancelled.");

    public static readonly Refusal NotPayable = Refusal.Conflict("order.not_payable",
        "No other card is asked for: the payment is under way, done, or was tried three times.");

    public static readonly Refusal NotRefundable = Refusal.Conflict("order.not_refundable",
        "Only what has been paid can go back.");

    public static readonly Refusal RefundTooMuch = Refusal.Conflict("order.refund_too_much",
        "More would go back than was paid, or more pieces than were bought.");

    public static readonly Refusal RefundInvalid = Refusal.BadRequest("order.refund_invalid",
        "A refund names lines with quantities from 1, or an amount from 1, and a reason of 1 to 500 characters.");

    public static readonly Refusal MoveInvalid = Refusal.Conflict("order.move_invalid",
        "It does not need attention, or cannot go there: before it was confirmed to PaymentUnknown, or to Cancelling and only there once it is taken back; after that to Confirmed; a refund to Refunding.");

    public static readonly Refusal ReasonInvalid = Refusal.BadRequest("order.reason_invalid", "reason says in 1 to 500 characters why.");

    public static readonly Refusal QueryInvalid = Refusal.BadRequest("order.query_invalid",
        "limit is 1 to 500; after and wait are whole numbers from 0.");

    public static readonly Refusal CursorInvalid = Refusal.BadRequest("order.cursor_invalid",
        "limit is 1 to 100; after is the next of the page before.");

    public static readonly Refusal CardNumber = Refusal.BadRequest("order.card_number",
        "This is a card's number. Cards are entered at the provider's page only; paymentMethod is the token that it gives.");

    public static Refusal FieldInvalid(string field, string what) => Refusal.BadRequest($"order.{field}_invalid", what);
}

/// <summary>Ordering's JSON: requests, answers, events and snapshots.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QuoteRequest))]
[JsonSerializable(typeof(Quote))]
[JsonSerializable(typeof(PlaceOrderRequest))]
[JsonSerializable(typeof(PayAgainRequest))]
[JsonSerializable(typeof(RefundRequest))]
[JsonSerializable(typeof(RefundView))]
[JsonSerializable(typeof(OrderView))]
[JsonSerializable(typeof(Agreement))]
[JsonSerializable(typeof(Shipment))]
[JsonSerializable(typeof(OrderId))]
[JsonSerializable(typeof(LookupRequest))]
[JsonSerializable(typeof(MoveRequest))]
[JsonSerializable(typeof(MoveView))]
[JsonSerializable(typeof(OrderPage))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(StaffOrderPage))]
[JsonSerializable(typeof(StaffOrderView))]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(PersonView))]
[JsonSerializable(typeof(ForgottenView))]
[JsonSerializable(typeof(AttentionPage))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(OrderConfirmed))]
[JsonSerializable(typeof(OrderShipped))]
[JsonSerializable(typeof(OrderRefunded))]
[JsonSerializable(typeof(OrderCancelled))]
sealed partial class OrderingJson : JsonSerializerContext;
