namespace Souk.Cart;

/// <summary>
/// A cart and its rules. It is a value: a change gives the next version, or the reason why not.
/// </summary>
/// <param name="Id">The capability: who has it may read and change a guest's cart.</param>
/// <param name="Version">1 when new; counts the changes of the lines.</param>
/// <param name="ExpiresAt">Thirty days after the last change.</param>
/// <param name="Lines">In the order in which they were added.</param>
/// <param name="Owner">The subject whose cart it is, and nobody else's; null: a guest's.</param>
sealed record Cart(string Id, long Version, DateTimeOffset ExpiresAt, IReadOnlyList<Line> Lines, string? Owner = null)
{
    public const int QuantityMin = 1;
    public const int QuantityMax = 99;
    public const int LinesMax = 100;
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    public static Cart New(string id, DateTimeOffset now, string? owner = null) => new(id, 1, now + Lifetime, [], owner);

    /// <summary>Whether it may be read and changed by whoever has signed in as a subject; null: by a guest.</summary>
    public bool IsFor(string? subject) => Owner is null || Owner == subject;

    /// <summary>Whether a text may be a cart's id at all; what may not is not asked of the database.</summary>
    public static bool IsId(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public static bool IsQuantity(int quantity) => quantity is >= QuantityMin and <= QuantityMax;

    public Line? Line(string sku) => Lines.FirstOrDefault(line => line.Variant.Sku == sku);

    /// <summary>
    /// Sets the quantity of a line, adding it at today's price where there is none. The same quantity again changes
    /// nothing.
    /// </summary>
    /// <param name="variant">What is asked for; null when Catalog never spoke of it.</param>
    /// <param name="quantity">1 to 99.</param>
    /// <param name="now">The time of the change.</param>
    public Decision Put(Variant? variant, int quantity, DateTimeOffset now)
    {
        if (variant is not { Available: true }) return CartRefusals.SkuUnknown;
        if (Line(variant.Sku) is not { } present)
        {
            if (Lines.Count == LinesMax) return CartRefusals.LinesFull;
            return Changed([.. Lines, new Line(variant, quantity, variant.Price, Version + 1, Version + 1)], now);
        }
        if (present.Quantity == quantity) return this;
        return Changed([.. Lines.Select(line => line == present ? With(line, quantity) : line)], now);
    }

    /// <summary>Takes a line out; a line that is not there is out already.</summary>
    public Decision Remove(string sku, DateTimeOffset now) =>
        Line(sku) is { } present ? Changed([.. Lines.Where(line => line != present)], now) : this;

    /// <summary>
    /// Takes out what was ordered from a version of this cart. A line as it was then goes; of one that was changed since,
    /// what is more than ordered stays; one that was added since stays whole.
    /// </summary>
    public Cart CheckOut(long version, IReadOnlyList<Ordered> ordered, DateTimeOffset now)
    {
        var lines = new List<Line>();
        foreach (var line in Lines)
        {
            var taken = ordered.FirstOrDefault(taken => taken.Sku == line.Variant.Sku)?.Quantity ?? 0;
            var left = taken == 0 || line.AddedVersion > version ? line.Quantity
                : line.ChangedVersion <= version ? 0
                : Math.Max(0, line.Quantity - taken);
            if (left > 0) lines.Add(left == line.Quantity ? line : With(line, left));
        }
        return lines.SequenceEqual(Lines) ? this : Changed(lines, now);
    }

    /// <summary>
    /// Takes in the lines of a guest's cart: quantities add up, as far as a line and a cart may hold. Each line that this
    /// changes is a version of its own, as if it had been put.
    /// </summary>
    public Cart Merge(IReadOnlyList<Line> lines, DateTimeOffset now)
    {
        var cart = this;
        foreach (var line in lines)
        {
            if (cart.Line(line.Variant.Sku) is { } present)
            {
                var quantity = Math.Min(present.Quantity + line.Quantity, QuantityMax);
                if (quantity == present.Quantity) continue;
                var put = cart.With(present, quantity);
                cart = cart.Changed([.. cart.Lines.Select(one => one == present ? put : one)], now);
            }
            else if (cart.Lines.Count < LinesMax)
            {
                var version = cart.Version + 1;
                cart = cart.Changed([.. cart.Lines, line with { AddedVersion = version, ChangedVersion = version }], now);
            }
        }
        return cart;
    }

    /// <summary>
    /// Takes out what was ordered from a guest's cart that was merged into this one meanwhile: as many pieces as were
    /// ordered, of whatever line has them.
    /// </summary>
    public Cart CheckOutMerged(IReadOnlyList<Ordered> ordered, DateTimeOffset now)
    {
        var lines = new List<Line>();
        foreach (var line in Lines)
        {
            var left = line.Quantity - (ordered.FirstOrDefault(taken => taken.Sku == line.Variant.Sku)?.Quantity ?? 0);
            if (left > 0) lines.Add(left == line.Quantity ? line : With(line, left));
        }
        return lines.SequenceEqual(Lines) ? this : Changed(lines, now);
    }

    Line With(Line line, int quantity) => line with { Quantity = quantity, ChangedVersion = Version + 1 };

    Cart Changed(IReadOnlyList<Line> lines, DateTimeOffset now) =>
        this with { Version = Version + 1, ExpiresAt = now + Lifetime, Lines = lines };
}

/// <summary>So many of one variant, its price when it was added, and the cart's versions that added it and last changed it.</summary>
sealed record Line(Variant Variant, int Quantity, long AddedPrice, long AddedVersion, long ChangedVersion)
{
    public long Total => checked(Variant.Price * Quantity);

    /// <summary>What is withdrawn from sale costs nothing: it is shown and not sold.</summary>
    public bool Counts => Variant.Available;
}

/// <summary>What can be bought, as Catalog last told it; prices in minor units of the store's currency, weight in grams.</summary>
sealed record Variant(
    string Sku, string Product, string Title, string VariantTitle, Image? Image, long Price, bool Available, long Grams);

/// <summary>A picture.</summary>
sealed record Image(string Src, string? Alt = null);

/// <summary>The cart after a change, or the refusal of it.</summary>
readonly record struct Decision(Cart? Cart, Refusal? Refusal)
{
    public static implicit operator Decision(Cart cart) => new(cart, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);
}

/// <summary>Every no that Cart says.</summary>
static class CartRefusals
{
    // The same words for an id that never was, has expired, is malformed or somebody else's: nothing can be learned by trying.
    public static readonly Refusal CartUnknown = Refusal.NotFound("cart.cart_unknown",
        "There is no such cart. Carts are removed 30 days after their last change.");

    public static readonly Refusal SkuUnknown = Refusal.NotFound("cart.sku_unknown",
        "The store does not sell this SKU.");

    public static readonly Refusal QuantityInvalid = Refusal.BadRequest("cart.line.quantity_invalid",
        $"quantity is a whole number from {Cart.QuantityMin} to {Cart.QuantityMax}. To take a line out, delete it.");

    public static readonly Refusal LinesFull = Refusal.Conflict("cart.lines_full",
        $"A cart holds {Cart.LinesMax} lines.");

    public static readonly Refusal CheckoutInvalid = Refusal.BadRequest("cart.checkout.invalid",
        $"A checkout has an order's id, cartId, cartVersion from 1, and 1 to {Cart.LinesMax} lines: each SKU once, a quantity "
        + $"from {Cart.QuantityMin} to {Cart.QuantityMax}.");

    public static readonly Refusal CheckoutChanged = Refusal.Unprocessable("cart.checkout.changed",
        "This order was checked out from another cart, or another version of it.");

    public static readonly Refusal VersionStale = Refusal.PreconditionFailed("cart.version_stale",
        "The cart has changed since the version in If-Match. Read it again.");

    public static readonly Refusal IfMatchInvalid = Refusal.BadRequest("cart.if_match_invalid",
        "If-Match is * or a list of entity tags as in an answer's ETag: \"3\".");
}
