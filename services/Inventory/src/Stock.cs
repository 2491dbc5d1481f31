using System.Text.Json.Serialization;
using Souk.Inventory.Reservations;

namespace Souk.Inventory;

/// <summary>How much of a SKU there is, and how much of that is promised: 0 ≤ reserved ≤ on hand, always.</summary>
/// <param name="Sku">The variant.</param>
/// <param name="OnHand">Pieces in the house.</param>
/// <param name="Reserved">Pieces of those that are promised to somebody.</param>
/// <param name="Version">Counts the changes, from 1.</param>
sealed record Stock(string Sku, long OnHand, long Reserved, long Version)
{
    /// <summary>More pieces of one SKU than any house holds: a larger figure is a slip of the hand.</summary>
    public const long OnHandMax = 1_000_000_000;

    /// <summary>A SKU at its first sight. A catalogue may say less than nothing (oversold elsewhere): that is none.</summary>
    public static Stock Open(string sku, long quantity) => new(sku, Math.Clamp(quantity, 0, OnHandMax), 0, 1);

    /// <summary>Pieces that have come in.</summary>
    public Decision Receive(long quantity) =>
        quantity is < 1 or > OnHandMax ? StockRefusals.QuantityInvalid
        : OnHand + quantity > OnHandMax ? StockRefusals.AboveMaximum
        : this with { OnHand = OnHand + quantity, Version = Version + 1 };

    /// <summary>What somebody has counted. It may not fall below what is promised.</summary>
    public Decision Correct(long onHand) =>
        onHand is < 0 or > OnHandMax ? StockRefusals.OnHandInvalid
        : onHand < Reserved ? StockRefusals.BelowReserved(Reserved)
        : this with { OnHand = onHand, Version = Version + 1 };

    /// <summary>Whether so many can still be promised.</summary>
    public bool Has(long quantity) => OnHand - Reserved >= quantity;

    /// <summary>Promises pieces that it has.</summary>
    public Stock Reserve(long quantity) => this with { Reserved = Reserved + quantity, Version = Version + 1 };

    /// <summary>Takes a promise back.</summary>
    public Stock Release(long quantity) => this with { Reserved = Reserved - quantity, Version = Version + 1 };

    /// <summary>Keeps a promise: the pieces leave the house.</summary>
    public Stock Sell(long quantity) => Release(quantity) with { OnHand = OnHand - quantity };

    /// <summary>What a shopper sees of it.</summary>
    public Shown Shown => Shown.Of(OnHand - Reserved);
}

/// <summary>What a shopper is told: the exact number only where it matters, when few are left.</summary>
/// <param name="Availability">In words.</param>
/// <param name="Available">How many, below <see cref="ExactBelow"/>; null: enough, or unknown.</param>
readonly record struct Shown(Availability Availability, long? Available)
{
    /// <summary>From here on a shopper is told "in stock": the figure would say more about the store than to the shopper.</summary>
    public const long ExactBelow = 10;

    public static readonly Shown Unknown = new(Availability.Unknown, null);

    public static Shown Of(long available) => available switch
    {
        >= ExactBelow => new(Availability.InStock, null),
        > 0 => new(Availability.Low, available),
        _ => new(Availability.OutOfStock, 0),
    };
}

/// <summary>Whether a shopper can have it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Availability>))]
enum Availability
{
    /// <summary>Inventory has never heard of the SKU.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,

    /// <summary>None can be had.</summary>
    [JsonStringEnumMemberName("out_of_stock")]
    OutOfStock,

    /// <summary>A few are left.</summary>
    [JsonStringEnumMemberName("low")]
    Low,

    /// <summary>There are plenty.</summary>
    [JsonStringEnumMemberName("in_stock")]
    InStock,
}

/// <summary>The stock after a change, or the refusal of it.</summary>
readonly record struct Decision(Stock? Stock, Refusal? Refusal)
{
    public static implicit operator Decision(Stock stock) => new(stock, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);
}

/// <summary>Every no that Inventory says.</summary>
static class StockRefusals
{
    public static readonly Refusal SkuUnknown = Refusal.NotFound("inventory.stock.sku_unknown",
        "There is no such SKU. A SKU becomes known when the catalogue first lists it.");

    public static readonly Refusal SkusInvalid = Refusal.BadRequest("inventory.stock.skus_invalid",
        "Ask for 1 to 100 SKUs: ?sku=A&sku=B, each 1 to 200 characters.");

    public static readonly Refusal QuantityInvalid = Refusal.BadRequest("inventory.receipt.quantity_invalid",
        $"A receipt has a quantity from 1 to {Stock.OnHandMax}.");

    public static readonly Refusal OnHandInvalid = Refusal.BadRequest("inventory.correction.on_hand_invalid",
        $"A correction says what is on hand, from 0 to {Stock.OnHandMax}.");

    public static readonly Refusal ListInvalid = Refusal.BadRequest("inventory.stock.list_invalid",
        $"limit is 1 to {ReadStock.ListMax}.");

    public static readonly Refusal ReasonInvalid = Refusal.BadRequest("inventory.stock.reason_invalid",
        "Say why, in 1 to 500 characters: the reason is kept.");

    public static readonly Refusal AboveMaximum = Refusal.Conflict("inventory.stock.above_maximum",
        $"There would be more than {Stock.OnHandMax} on hand.");

    public static readonly Refusal KeyInvalid = Refusal.BadRequest("request.idempotency_key_invalid",
        "Send an Idempotency-Key of 1 to 200 characters, the same one when you repeat the request.");

    public static readonly Refusal KeyReused = Refusal.Unprocessable("request.idempotency_key_reused",
        "This Idempotency-Key belongs to another request.");

    public static Refusal BelowReserved(long reserved) => Refusal.Conflict("inventory.stock.below_reserved",
        $"{reserved} are promised to shoppers; what is on hand cannot be less.");
}

/// <summary>Published when what a shopper sees of a SKU changes, and at its first sight.</summary>
sealed record StockChanged(string Sku, Availability Availability, long? Available);

/// <summary>JSON of the service's own requests, answers and events.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AvailabilityView))]
[JsonSerializable(typeof(StockView))]
[JsonSerializable(typeof(AuditView))]
[JsonSerializable(typeof(StockPage))]
[JsonSerializable(typeof(ReceiptRequest))]
[JsonSerializable(typeof(CorrectionRequest))]
[JsonSerializable(typeof(StockChanged))]
[JsonSerializable(typeof(ReservationRequest))]
[JsonSerializable(typeof(StateRequest))]
[JsonSerializable(typeof(ReservationStateView))]
[JsonSerializable(typeof(ReservationView))]
[JsonSerializable(typeof(RestockRequest))]
[JsonSerializable(typeof(RestockView))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
sealed partial class InventoryJson : JsonSerializerContext;
