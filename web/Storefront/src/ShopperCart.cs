namespace Souk.Storefront;

/// <summary>What became of a change: the cart, or why not, as a key of <see cref="Notices"/>.</summary>
public readonly record struct CartChange(Cart? Cart, string Notice)
{
    public bool IsDone => Cart is not null;
}

/// <summary>
/// The cart of the shopper whose request this is. A guest's id is kept in a cookie, made with the first thing added; whoever
/// has signed in has a cart of their own, and what they had as a guest is merged into it at their first look. Adding counts on
/// top of what is there and is written only onto the version that was read, so two tabs never lose a write.
/// </summary>
public sealed class ShopperCart(IHttpContextAccessor http, ICart carts, Parts parts, Budgets budgets)
{
    public const int QuantityMax = 99;

    const int TriesMax = 6;

    Task<Part<Cart>>? _read;

    HttpContext Context => http.HttpContext!;

    bool HasSignedIn => Context.Customer() is not null;

    /// <summary>The cart's id; null: this shopper has none, or an own one that cannot be had just now.</summary>
    public async Task<string?> IdAsync() => !HasSignedIn ? CartCookie.Read(Context)
        : (await ReadAsync()).Has(out var own) ? own.Id : null;

    /// <summary>The cart as it is; empty, without a question to Cart, for a shopper who has none.</summary>
    public Task<Part<Cart>> ReadAsync() => _read ??= HasSignedIn || CartCookie.Read(Context) is not null
        ? parts.FetchAsync("cart", budgets.Cart, async cancellation => await FindAsync(cancellation) ?? Cart.Empty, Context.RequestAborted)
        : Task.FromResult(Part.Ok(Cart.Empty));

    /// <summary>Adds so many of a SKU to what is there; takes away where negative, down to one.</summary>
    public Task<CartChange> AddAsync(string sku, int count) => ChangeAsync(cancellation => TryAddAsync(sku, count, cancellation));

    /// <summary>Sets how many of a SKU are in the cart; repeated, it changes nothing more.</summary>
    public Task<CartChange> SetAsync(string sku, int quantity) => ChangeAsync(async cancellation =>
        await KnownIdAsync(cancellation) is not { } id ? new CartAnswer(null, CartAnswer.CartUnknown)
            : await carts.PutLineAsync(id, sku, quantity, version: null, cancellation));

    public Task<CartChange> RemoveAsync(string sku) => ChangeAsync(async cancellation =>
        await KnownIdAsync(cancellation) is not { } id ? new CartAnswer(null, CartAnswer.CartUnknown)
            : await carts.RemoveLineAsync(id, sku, cancellation));

    async Task<CartChange> ChangeAsync(Func<CancellationToken, Task<CartAnswer>> change)
    {
        var part = await parts.FetchAsync("cart change", budgets.CartChange, change, Context.RequestAborted);
        if (!part.Has(out var answer)) return new CartChange(null, "cart-unavailable");
        _read = null;
        return new CartChange(answer.Cart, answer.Code switch
        {
            null => "",
            "cart.sku_unknown" => "sku-unknown",
            "cart.lines_full" => "cart-full",
            "cart.line.quantity_invalid" => "quantity-invalid",
            CartAnswer.CartUnknown => "cart-gone",
            _ => "cart-refused",
        });
    }

    async Task<CartAnswer> TryAddAsync(string sku, int count, CancellationToken cancellation)
    {
        var cart = await OpenAsync(cancellation);
        for (var tries = 1; ; tries++)
        {
            var have = cart.QuantityOf(sku);
            var want = Math.Clamp(have + count, 1, QuantityMax);
            if (want == have) return new CartAnswer(cart, null);

            var answer = await carts.PutLineAsync(cart.Id, sku, want, cart.Version, cancellation);
            if (answer.Code is not (CartAnswer.Stale or CartAnswer.CartUnknown) || tries == TriesMax) return answer;

            var now = answer.Code == CartAnswer.Stale ? await carts.ReadAsync(cart.Id, cancellation) : null;
            // Our own write, whose answer was lost on the way and which was sent again: it has been done.
            if (answer.Repeated && now?.Version == cart.Version + 1 && now.QuantityOf(sku) == want) return new CartAnswer(now, null);
            cart = now ?? await CreateAsync(cancellation);
        }
    }

    /// <summary>Null: a guest has none, or one that has expired.</summary>
    async Task<Cart?> FindAsync(CancellationToken cancellation)
    {
        if (!HasSignedIn) return CartCookie.Read(Context) is { } guests ? await carts.ReadAsync(guests, cancellation) : null;
        if (CartCookie.Read(Context) is not { } before) return await carts.ReadOwnAsync(cancellation);
        // Where Cart is down now, the cookie stays, and the next look merges it: the same merge, however often it is asked for.
        var merged = await carts.ClaimAsync(before, cancellation);
        CartCookie.Delete(Context);
        return merged ?? await carts.ReadOwnAsync(cancellation);
    }

    async Task<string?> KnownIdAsync(CancellationToken cancellation) =>
        HasSignedIn ? (await FindAsync(cancellation))!.Id : CartCookie.Read(Context);

    async Task<Cart> OpenAsync(CancellationToken cancellation) => await FindAsync(cancellation) ?? await CreateAsync(cancellation);

    async Task<Cart> CreateAsync(CancellationToken cancellation)
    {
        var cart = await carts.CreateAsync(cancellation);
        CartCookie.Write(Context, cart.Id);
        return cart;
    }
}

/// <summary>The cookie with the cart's id, which is the only key to it.</summary>
static class CartCookie
{
    public const string Secure = PageCookie.Prefix + Name;

    const string Name = "souk-cart";

    // As long as Cart keeps a cart that nobody touches.
    static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public static string? Read(HttpContext context) => PageCookie.Read(context, Name) is { Length: <= 100 } id ? id : null;

    public static void Write(HttpContext context, string id) => PageCookie.Write(context, Name, id, Kept);

    public static void Delete(HttpContext context) => PageCookie.Delete(context, Name);
}
