using System.Text.Json.Serialization;

namespace Souk.Inventory.Reservations;

/// <summary>
/// Pieces promised to one order, under the order's id. It is a value: a move gives the next version, or the reason why not.
/// </summary>
/// <param name="OrderId">Its name.</param>
/// <param name="State">What it is now.</param>
/// <param name="ExpiresAt">When a hold may be given back; null in every other state.</param>
/// <param name="Version">1 when new; counts the moves, and what came back.</param>
/// <param name="ChangedAt">The time of the last move.</param>
/// <param name="Lines">What was promised; none for an order that was released before it was reserved.</param>
sealed record Reservation(
    string OrderId, ReservationState State, DateTimeOffset? ExpiresAt, long Version, DateTimeOffset ChangedAt,
    IReadOnlyList<ReservedLine> Lines)
{
    public static readonly TimeSpan HoldMax = TimeSpan.FromDays(1);

    /// <summary>A new one: held so long, or without a time limit.</summary>
    public static Reservation New(string orderId, IEnumerable<Pieces> lines, TimeSpan? hold, DateTimeOffset now) => new(
        orderId, hold is null ? ReservationState.Pinned : ReservationState.Held, now + hold, 1, now,
        [.. lines.Select(line => new ReservedLine(line.Sku, line.Quantity)).OrderBy(line => line.Sku, StringComparer.Ordinal)]);

    /// <summary>Whether its pieces count as reserved.</summary>
    public bool Holds => State is ReservationState.Held or ReservationState.Pinned;

    /// <summary>Whether it was pinned by a move, or anew after its time had run out: no hold is taken any more.</summary>
    bool IsKept => State == ReservationState.Pinned && Version > 1;

    public IReadOnlyList<string> Skus => [.. Lines.Select(line => line.Sku)];

    /// <summary>The SKUs of which there is not enough, unknown ones included.</summary>
    public IReadOnlyList<string> Short(IReadOnlyDictionary<string, Stock> stock) =>
        [.. Lines.Where(line => !(stock.GetValueOrDefault(line.Sku)?.Has(line.Quantity) ?? false)).Select(line => line.Sku)];

    /// <summary>
    /// The same order asks again: it has what it has, unless that was released, or has run out and is to be had anew.
    /// </summary>
    public Outcome Again(Reservation wanted, IReadOnlyList<string> missing) => State switch
    {
        ReservationState.Released => ReservationRefusals.Released,
        _ when !IsFor(wanted) => ReservationRefusals.Changed,
        ReservationState.Expired when missing.Count > 0 => ReservationRefusals.OutOfStock(missing),
        ReservationState.Expired => wanted with { Version = Version + 1 },
        _ => this,
    };

    /// <summary>
    /// The same state again changes nothing. What was never reserved can be released: whoever asks late finds the tombstone.
    /// </summary>
    public static Outcome Move(
        Reservation? present, string orderId, ReservationState to, TimeSpan? hold, DateTimeOffset now) => (present?.State, to) switch
        {
            (null, ReservationState.Released) => new Reservation(orderId, to, null, 1, now, []),
            (null, _) => ReservationRefusals.StateInvalid("unknown", to),
            // What was reserved without a limit may still be given one; a pin that was asked for is kept. It comes before
            // the money is taken, and a hold that was sent earlier and comes later must not loosen it.
            (ReservationState.Pinned, ReservationState.Pinned) when !present!.IsKept => present.Moved(to, null, now),
            (ReservationState.Pinned, ReservationState.Held) when present!.IsKept => ReservationRefusals.StateInvalid("pinned", to),
            var (from, _) when from == to => present!,
            (ReservationState.Expired, not ReservationState.Released) => ReservationRefusals.Expired,
            (ReservationState.Held or ReservationState.Pinned or ReservationState.Expired, ReservationState.Released)
                or (ReservationState.Held or ReservationState.Pinned, ReservationState.Committed)
                or (ReservationState.Held, ReservationState.Pinned)
                or (ReservationState.Pinned, ReservationState.Held) => present!.Moved(to, now + hold, now),
            _ => ReservationRefusals.StateInvalid(present!.State.ToString().ToLowerInvariant(), to),
        };

    /// <summary>A hold that has run out is given back. Until this is done the order may still pin what is there.</summary>
    public Reservation Expire(DateTimeOffset now) =>
        State == ReservationState.Held && ExpiresAt <= now ? Moved(ReservationState.Expired, null, now) : this;

    /// <summary>Takes back pieces that were sold to this order, never more of them than were.</summary>
    public Outcome Restock(IReadOnlyList<Pieces> pieces, DateTimeOffset now) =>
        State == ReservationState.Committed
        && pieces.All(piece => Lines.Any(line => line.Sku == piece.Sku && line.Quantity - line.Restocked >= piece.Quantity))
            ? this with { Version = Version + 1, ChangedAt = now }
            : ReservationRefusals.TooMuch;

    /// <summary>What a line does to its stock when a reservation has become this one.</summary>
    public Stock Effect(Reservation? before, Stock stock, long quantity) => (before?.Holds ?? false, Holds) switch
    {
        (false, true) => stock.Reserve(quantity),
        (true, false) when State == ReservationState.Committed => stock.Sell(quantity),
        (true, false) => stock.Release(quantity),
        _ => stock,
    };

    bool IsFor(Reservation other) => Lines.Select(line => (line.Sku, line.Quantity)).ToHashSet()
        .SetEquals(other.Lines.Select(line => (line.Sku, line.Quantity)));

    Reservation Moved(ReservationState to, DateTimeOffset? expiresAt, DateTimeOffset now) => this with
    {
        State = to,
        ExpiresAt = to == ReservationState.Held ? expiresAt : null,
        Version = Version + 1,
        ChangedAt = now,
    };
}

/// <summary>So many of a SKU.</summary>
sealed record Pieces(string Sku, long Quantity)
{
    public const int LinesMax = 100;

    /// <summary>Whether these are lines of an order: some, not too many, each SKU once.</summary>
    public static bool AreLines(IReadOnlyList<Pieces?>? lines) =>
        lines is { Count: > 0 and <= LinesMax }
        && lines.All(line => line is { Quantity: > 0 and <= Stock.OnHandMax } && Souk.Inventory.Sku.IsValid(line.Sku))
        && lines.DistinctBy(line => line!.Sku).Count() == lines.Count;
}

/// <summary>So many of one SKU, promised; and how many of them came back after they were sold.</summary>
sealed record ReservedLine(string Sku, long Quantity, long Restocked = 0);

/// <summary>What a reservation is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReservationState>))]
enum ReservationState
{
    /// <summary>Promised until a time.</summary>
    [JsonStringEnumMemberName("held")]
    Held,

    /// <summary>Promised without a time limit.</summary>
    [JsonStringEnumMemberName("pinned")]
    Pinned,

    /// <summary>Sold.</summary>
    [JsonStringEnumMemberName("committed")]
    Committed,

    /// <summary>Given back for good: this order cannot reserve any more.</summary>
    [JsonStringEnumMemberName("released")]
    Released,

    /// <summary>Given back because the time ran out.</summary>
    [JsonStringEnumMemberName("expired")]
    Expired,
}

/// <summary>The reservation as it is then, or the refusal.</summary>
readonly record struct Outcome(Reservation? Reservation, Refusal? Refusal)
{
    public static implicit operator Outcome(Reservation reservation) => new(reservation, null);

    public static implicit operator Outcome(Refusal refusal) => new(null, refusal);
}

/// <summary>Every no to an order.</summary>
static class ReservationRefusals
{
    public static readonly Refusal NameInvalid = Refusal.BadRequest("inventory.reservation.name_invalid",
        "An order's id and a restock's key have 1 to 200 characters.");

    public static readonly Refusal LinesInvalid = Refusal.BadRequest("inventory.reservation.lines_invalid",
        $"Send 1 to {Pieces.LinesMax} lines: each SKU once, a quantity from 1 to {Stock.OnHandMax}.");

    public static readonly Refusal HoldInvalid = Refusal.BadRequest("inventory.reservation.hold_invalid",
        $"holdSeconds is from 1 to {(long)Reservation.HoldMax.TotalSeconds}; what is held needs one.");

    public static readonly Refusal StateUnknown = Refusal.BadRequest("inventory.reservation.state_unknown",
        "state is held, pinned, committed or released.");

    public static readonly Refusal Unknown = Refusal.NotFound("inventory.reservation.order_unknown",
        "Nothing was ever reserved for this order.");

    public static readonly Refusal Changed = Refusal.Unprocessable("inventory.reservation.changed",
        "This order has reserved something else.");

    public static readonly Refusal Released = Refusal.Conflict("inventory.reservation.released",
        "This order's reservation was released; it cannot reserve again.");

    public static readonly Refusal Expired = Refusal.Conflict("inventory.reservation.expired",
        "The reservation has run out. Reserve again.");

    public static readonly Refusal TooMuch = Refusal.Conflict("inventory.restock.too_much",
        "That is more than was sold to this order and has not come back.");

    public static readonly Refusal RestockChanged = Refusal.Unprocessable("inventory.restock.changed",
        "This key belongs to another restock.");

    public static Refusal OutOfStock(IReadOnlyList<string> skus) => Refusal.Conflict("inventory.reservation.out_of_stock",
        "There is not enough of everything; nothing was reserved.").With("skus", skus, InventoryJson.Default.IReadOnlyListString);

    public static Refusal StateInvalid(string from, ReservationState to) => Refusal.Conflict("inventory.reservation.state_invalid",
        $"A reservation that is {from} cannot become {to.ToString().ToLowerInvariant()}.");
}
