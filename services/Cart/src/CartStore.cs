using System.Text.Json;

namespace Souk.Cart;

/// <summary>Cart's tables: carts with their lines, checkouts, and the copy of the catalogue. All SQL of the service is here.</summary>
sealed class CartStore(Database database)
{
    public Task AddAsync(Cart cart, CancellationToken cancellation) => database.WriteAsync(tx => tx.ExecuteAsync(
        $"INSERT INTO cart (id, version, expires_at) VALUES ({cart.Id}, {cart.Version}, {cart.ExpiresAt})"), cancellation);

    /// <summary>The cart, priced; null when there is none, or no longer.</summary>
    public async Task<Cart?> FindAsync(string id, DateTimeOffset now, CancellationToken cancellation) =>
        Cart.IsId(id)
            ? (await database.ReadAsync(session => ReadAsync(session, id, askedSku: null, now), cancellation)).Cart
            : null;

    /// <summary>
    /// Changes one line of a cart: reads the cart, lets the rules decide, and writes only onto the version that was
    /// read. Whoever was overtaken reads and decides again, so no write is lost.
    /// </summary>
    /// <param name="id">The cart.</param>
    /// <param name="sku">The line, and the variant that is asked for.</param>
    /// <param name="now">The time of the change.</param>
    /// <param name="decide">The rules: given the cart, and the variant if Catalog ever spoke of it.</param>
    /// <param name="cancellation">Gives up between two tries.</param>
    public async Task<Decision> ChangeAsync(
        string id, string sku, DateTimeOffset now, Func<Cart, Variant?, Decision> decide, CancellationToken cancellation)
    {
        if (!Cart.IsId(id)) return CartRefusals.CartUnknown;
        while (true)
        {
            var decision = await database.WriteAsync(tx => TryChangeAsync(tx, id, sku, now, decide), cancellation);
            if (decision is { } decided) return decided;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Takes an order's lines out of its cart, once; a cart that is gone has none.</summary>
    /// <returns>False when the order was checked out from something else.</returns>
    public Task<bool> CheckOutAsync(Checkout checkout, DateTimeOffset now, CancellationToken cancellation) =>
        database.WriteAsync(tx => CheckOutAsync(tx, checkout, now), cancellation);

    /// <summary>Removes up to so many expired carts.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> RemoveExpiredAsync(DateTimeOffset now, int max, CancellationToken cancellation) =>
        database.WriteAsync(tx => tx.ExecuteAsync($"""
            DELETE FROM cart WHERE expires_at <= {now}
              AND id IN (SELECT id FROM cart WHERE expires_at <= {now} ORDER BY expires_at LIMIT {max})
            """), cancellation);

    /// <summary>Copies a product's whole list of variants; those of before that are not in it are withdrawn.</summary>
    /// <param name="tx">The transaction that moves the cursor.</param>
    /// <param name="handle">The product.</param>
    /// <param name="version">Its version: an older one than that copied changes nothing.</param>
    /// <param name="position">The event's place in the feed: of two products with one SKU, the later has it.</param>
    /// <param name="variants">All that are on sale.</param>
    public static async Task PutProductAsync(
        Transaction tx, string handle, long version, long position, IReadOnlyList<Variant> variants)
    {
        var newer = await tx.ExecuteAsync($"""
            INSERT INTO product (handle, version) VALUES ({handle}, {version})
            ON CONFLICT (handle) DO UPDATE SET version = excluded.version WHERE product.version < excluded.version
            """);
        if (newer == 0) return;

        await tx.ExecuteAsync($"UPDATE variant SET available = 0 WHERE product = {handle} AND available = 1");
        foreach (var v in variants)
        {
            await tx.ExecuteAsync($"""
                INSERT INTO variant (sku, product, position, title, variant_title, image_src, image_alt, price, available, grams)
                VALUES ({v.Sku}, {handle}, {position}, {v.Title}, {v.VariantTitle}, {v.Image?.Src}, {v.Image?.Alt}, {v.Price}, 1, {v.Grams})
                ON CONFLICT (sku) DO UPDATE SET product = excluded.product, position = excluded.position,
                    title = excluded.title, variant_title = excluded.variant_title, image_src = excluded.image_src,
                    image_alt = excluded.image_alt, price = excluded.price, available = 1, grams = excluded.grams
                WHERE variant.position <= excluded.position
                """);
        }
    }

    /// <summary>Null when another writer was quicker: nothing has been written then.</summary>
    static async Task<Decision?> TryChangeAsync(
        Transaction tx, string id, string sku, DateTimeOffset now, Func<Cart, Variant?, Decision> decide)
    {
        var (cart, variant) = await ReadAsync(tx, id, sku, now);
        if (cart is null) return CartRefusals.CartUnknown;
        var decision = decide(cart, variant);
        if (decision.Cart is not { } changed || changed == cart) return decision;

        // The guarantee of two tabs: PostgreSQL waits here for a rival's commit and then finds its version.
        if (!await PutHeadAsync(tx, cart, changed)) return null;

        await (changed.Line(sku) is { } line
            ? tx.ExecuteAsync($"""
                INSERT INTO line (cart_id, sku, quantity, added_price, added_version, changed_version)
                VALUES ({id}, {sku}, {line.Quantity}, {line.AddedPrice}, {line.AddedVersion}, {line.ChangedVersion})
                ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity, changed_version = excluded.changed_version
                """)
            : tx.ExecuteAsync($"DELETE FROM line WHERE cart_id = {id} AND sku = {sku}"));
        return decision;
    }

    static async Task<bool> PutHeadAsync(Transaction tx, Cart before, Cart after) => await tx.ExecuteAsync($"""
        UPDATE cart SET version = {after.Version}, expires_at = {after.ExpiresAt}
        WHERE id = {before.Id} AND version = {before.Version}
        """) == 1;

    static async Task<bool> CheckOutAsync(Transaction tx, Checkout checkout, DateTimeOffset now)
    {
        // First the order's name: of two repeats at once one waits here until the other has done it.
        var isNew = await tx.ExecuteAsync($"""
            INSERT INTO checkout (order_id, cart_id, cart_version, removed, done_at)
            VALUES ({checkout.OrderId}, {checkout.CartId}, {checkout.CartVersion}, '[]', {now}) ON CONFLICT (order_id) DO NOTHING
            """) == 1;
        if (!isNew)
        {
            return await tx.LongAsync($"""
                SELECT COUNT(*) FROM checkout
                WHERE order_id = {checkout.OrderId} AND cart_id = {checkout.CartId} AND cart_version = {checkout.CartVersion}
                """) == 1;
        }

        // The cart is locked and then read: nothing of it may be undone any more. SQLite has one writer anyway.
        if (tx.Engine == Engine.Postgres) await tx.LongAsync($"SELECT version FROM cart WHERE id = {checkout.CartId} FOR UPDATE");
        var (cart, _) = await ReadAsync(tx, checkout.CartId, askedSku: null, now);
        var after = cart?.CheckOut(checkout.CartVersion, checkout.Lines, now);
        if (cart is null || after is null || after == cart) return true;

        if (!await PutHeadAsync(tx, cart, after)) throw new InvalidOperationException("A cart has changed under its lock.");
        var removed = new List<Removed>();
        foreach (var line in cart.Lines)
        {
            var sku = line.Variant.Sku;
            var left = after.Line(sku)?.Quantity ?? 0;
            if (left == line.Quantity) continue;
            removed.Add(new Removed(sku, line.Quantity - left, left));
            if (left == 0) continue;
            await tx.ExecuteAsync($"UPDATE line SET quantity = {left}, changed_version = {after.Version} WHERE cart_id = {cart.Id} AND sku = {sku}");
        }
        IReadOnlyList<string> gone = [.. removed.Where(one => one.Left == 0).Select(one => one.Sku)];
        if (gone.Count > 0) await tx.ExecuteAsync($"DELETE FROM line WHERE cart_id = {cart.Id} AND sku IN {gone}");
        await tx.ExecuteAsync($"""
            UPDATE checkout SET removed = {JsonSerializer.Serialize(removed, CartJson.Default.IReadOnlyListRemoved)}
            WHERE order_id = {checkout.OrderId}
            """);
        return true;
    }

    /// <summary>A cart with its lines and, in the same query, the variant of a SKU that is asked for.</summary>
    static async Task<(Cart? Cart, Variant? Asked)> ReadAsync(
        Session session, string id, string? askedSku, DateTimeOffset now)
    {
        (long Version, DateTimeOffset ExpiresAt, Variant? Asked) head = default;
        // One row a line; a cart without lines is one row with NULLs.
        var lines = await session.QueryAsync(
            $"""
            SELECT cart.version, cart.expires_at, line.quantity, line.added_price, line.added_version, line.changed_version,
                   v.sku, v.product, v.title, v.variant_title, v.image_src, v.image_alt, v.price, v.available, v.grams,
                   a.sku, a.product, a.title, a.variant_title, a.image_src, a.image_alt, a.price, a.available, a.grams
            FROM cart
            LEFT JOIN line ON line.cart_id = cart.id
            LEFT JOIN variant v ON v.sku = line.sku
            LEFT JOIN variant a ON a.sku = {askedSku}
            WHERE cart.id = {id} AND cart.expires_at > {now}
            ORDER BY line.added_version
            """,
            row =>
            {
                if (head.Version == 0) head = (row.Long(0), row.Time(1), VariantOf(row, 15));
                return VariantOf(row, 6) is { } variant
                    ? new Line(variant, row.Int(2), row.Long(3), row.Long(4), row.Long(5)) : null;
            });
        if (lines.Count == 0) return default;
        return (new Cart(id, head.Version, head.ExpiresAt, [.. lines.OfType<Line>()]), head.Asked);
    }

    static Variant? VariantOf(Row row, int at) => row.TextOrNull(at) is not { } sku ? null : new Variant(
        sku, row.Text(at + 1), row.Text(at + 2), row.Text(at + 3),
        row.TextOrNull(at + 4) is { } src ? new Image(src, row.TextOrNull(at + 5)) : null,
        row.Long(at + 6), row.Bool(at + 7), row.Long(at + 8));
}
