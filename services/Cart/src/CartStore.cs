using System.Text.Json;

namespace Souk.Cart;

/// <summary>Cart's tables: carts with their lines, checkouts, and the copy of the catalogue. All SQL of the service is here.</summary>
sealed class CartStore(Database database)
{
    public Task AddAsync(Cart cart, CancellationToken cancellation) =>
        database.WriteAsync(tx => InsertAsync(tx, cart), cancellation);

    /// <summary>The cart, priced; null when there is none, or no longer, or it is another's.</summary>
    /// <param name="id">The cart.</param>
    /// <param name="subject">Who asks; null: a guest.</param>
    /// <param name="now">The time of asking.</param>
    /// <param name="cancellation">The request's.</param>
    public async Task<Cart?> FindAsync(string id, string? subject, DateTimeOffset now, CancellationToken cancellation) =>
        Cart.IsId(id)
        && (await database.ReadAsync(session => ReadAsync(session, id, askedSku: null, now), cancellation)).Cart is { } cart
        && cart.IsFor(subject) ? cart : null;

    /// <summary>The one cart of a subject, made where there is none.</summary>
    /// <param name="empty">The cart that it would be.</param>
    /// <param name="now">The time of asking.</param>
    /// <param name="cancellation">Gives up between two tries.</param>
    public async Task<Cart> OwnAsync(Cart empty, DateTimeOffset now, CancellationToken cancellation)
    {
        while (true)
        {
            var known = await database.ReadAsync(session => FindOwnAsync(session, empty.Owner!, now), cancellation)
                ?? await database.WriteAsync(tx => TryOwnAsync(tx, empty, now), cancellation);
            if (known is not null) return known;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Merges a guest's cart into that of a subject, once: the guest's is gone then. A cart that this subject has claimed
    /// before, and the subject's own, are answered as they are.
    /// </summary>
    /// <param name="id">The guest's cart.</param>
    /// <param name="empty">The subject's cart, where there is none yet.</param>
    /// <param name="now">The time of the claim.</param>
    /// <param name="cancellation">Gives up between two tries.</param>
    public async Task<Decision> ClaimAsync(string id, Cart empty, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!Cart.IsId(id)) return CartRefusals.CartUnknown;
        while (true)
        {
            if (await database.WriteAsync(tx => TryClaimAsync(tx, id, empty, now), cancellation) is { } decided) return decided;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A person's cart, for the person.</summary>
    public Task<Cart?> FindOwnAsync(string owner, DateTimeOffset now, CancellationToken cancellation) =>
        database.ReadAsync(session => FindOwnAsync(session, owner, now), cancellation);

    /// <summary>Forgets a person: the cart, and what was claimed.</summary>
    /// <returns>How many carts there were.</returns>
    public Task<int> ForgetAsync(string owner, CancellationToken cancellation) => database.WriteAsync(async tx =>
    {
        await tx.ExecuteAsync($"DELETE FROM claim WHERE owner = {owner}");
        return await tx.ExecuteAsync($"DELETE FROM cart WHERE owner = {owner}");
    }, cancellation);

    /// <summary>
    /// Changes one line of a cart: reads the cart, lets the rules decide, and writes only onto the version that was
    /// read. Whoever was overtaken reads and decides again, so no write is lost.
    /// </summary>
    /// <param name="id">The cart.</param>
    /// <param name="subject">Who asks; null: a guest.</param>
    /// <param name="sku">The line, and the variant that is asked for.</param>
    /// <param name="now">The time of the change.</param>
    /// <param name="decide">The rules: given the cart, and the variant if Catalog ever spoke of it.</param>
    /// <param name="cancellation">Gives up between two tries.</param>
    public async Task<Decision> ChangeAsync(
        string id, string? subject, string sku, DateTimeOffset now, Func<Cart, Variant?, Decision> decide, CancellationToken cancellation)
    {
        if (!Cart.IsId(id)) return CartRefusals.CartUnknown;
        while (true)
        {
            var decision = await database.WriteAsync(tx => TryChangeAsync(tx, id, subject, sku, now, decide), cancellation);
            if (decision is { } decided) return decided;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Takes an order's lines out of its cart, once; a cart that is gone has none.</summary>
    /// <returns>False when the order was checked out from something else.</returns>
    public Task<bool> CheckOutAsync(Checkout checkout, DateTimeOffset now, CancellationToken cancellation) =>
        database.WriteAsync(tx => CheckOutAsync(tx, checkout, now), cancellation);

    /// <summary>Removes up to so many expired carts, and what was claimed so long ago.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> RemoveExpiredAsync(DateTimeOffset now, int max, CancellationToken cancellation) =>
        database.WriteAsync(async tx => await tx.ExecuteAsync($"""
            DELETE FROM cart WHERE expires_at <= {now}
              AND id IN (SELECT id FROM cart WHERE expires_at <= {now} ORDER BY expires_at LIMIT {max})
            """) + await tx.ExecuteAsync($"""
            DELETE FROM claim WHERE cart_id IN (
                SELECT cart_id FROM claim WHERE claimed_at <= {now - Cart.Lifetime} ORDER BY claimed_at LIMIT {max})
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
        Transaction tx, string id, string? subject, string sku, DateTimeOffset now, Func<Cart, Variant?, Decision> decide)
    {
        var (cart, variant) = await ReadAsync(tx, id, sku, now);
        if (cart is null || !cart.IsFor(subject)) return CartRefusals.CartUnknown;
        var decision = decide(cart, variant);
        if (decision.Cart is not { } changed || changed == cart) return decision;

        // The guarantee of two tabs: PostgreSQL waits here for a rival's commit and then finds its version.
        if (!await PutHeadAsync(tx, cart, changed)) return null;

        await (changed.Line(sku) is { } line
            ? PutLineAsync(tx, id, line)
            : tx.ExecuteAsync($"DELETE FROM line WHERE cart_id = {id} AND sku = {sku}"));
        return decision;
    }

    static Task<int> PutLineAsync(Transaction tx, string id, Line line) => tx.ExecuteAsync($"""
        INSERT INTO line (cart_id, sku, quantity, added_price, added_version, changed_version)
        VALUES ({id}, {line.Variant.Sku}, {line.Quantity}, {line.AddedPrice}, {line.AddedVersion}, {line.ChangedVersion})
        ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity, changed_version = excluded.changed_version
        """);

    static async Task<bool> InsertAsync(Transaction tx, Cart cart) => await tx.ExecuteAsync($"""
        INSERT INTO cart (id, version, expires_at, owner) VALUES ({cart.Id}, {cart.Version}, {cart.ExpiresAt}, {cart.Owner})
        ON CONFLICT DO NOTHING
        """) == 1;

    static async Task<Cart?> FindOwnAsync(Session session, string owner, DateTimeOffset now) =>
        await session.FirstAsync($"SELECT id FROM cart WHERE owner = {owner}", row => row.Text(0)) is { } id
            ? (await ReadAsync(session, id, askedSku: null, now)).Cart : null;

    /// <summary>The subject's cart; null when another writer made one at the same time: it is there now.</summary>
    static async Task<Cart?> TryOwnAsync(Transaction tx, Cart empty, DateTimeOffset now)
    {
        if (await FindOwnAsync(tx, empty.Owner!, now) is { } known) return known;
        await tx.ExecuteAsync($"DELETE FROM cart WHERE owner = {empty.Owner} AND expires_at <= {now}");
        return await InsertAsync(tx, empty) ? empty : null;
    }

    /// <summary>Null when another writer was quicker: nothing has been written then.</summary>
    static async Task<Decision?> TryClaimAsync(Transaction tx, string id, Cart empty, DateTimeOffset now)
    {
        // The guest's cart first: of two claims at once one waits here until the other has it.
        await LockAsync(tx, id);
        var (guest, _) = await ReadAsync(tx, id, askedSku: null, now);
        if (guest is null && await IsClaimedAsync(tx, id, empty.Owner!))
        {
            return await TryOwnAsync(tx, empty, now) is { } mine ? new Decision(mine, null) : (Decision?)null;
        }
        if (guest is null || !guest.IsFor(empty.Owner)) return CartRefusals.CartUnknown;
        if (guest.Owner is not null) return guest;

        if (await TryOwnAsync(tx, empty, now) is not { } own) return null;
        await LockAsync(tx, own.Id);
        own = (await ReadAsync(tx, own.Id, askedSku: null, now)).Cart ?? own;
        var merged = own.Merge(guest.Lines, now);
        if (merged != own)
        {
            if (!await PutHeadAsync(tx, own, merged)) throw new InvalidOperationException("A cart has changed under its lock.");
            foreach (var line in merged.Lines.Except(own.Lines)) await PutLineAsync(tx, own.Id, line);
        }
        await tx.ExecuteAsync($"DELETE FROM cart WHERE id = {id}");
        await tx.ExecuteAsync($"INSERT INTO claim (cart_id, owner, claimed_at) VALUES ({id}, {empty.Owner}, {now})");
        return merged;
    }

    static async Task<bool> IsClaimedAsync(Session session, string id, string owner) =>
        await session.LongAsync($"SELECT COUNT(*) FROM claim WHERE cart_id = {id} AND owner = {owner}") == 1;

    /// <summary>What is read after this stays as it is until the transaction ends. SQLite has one writer anyway.</summary>
    static async Task LockAsync(Transaction tx, string id)
    {
        if (tx.Engine == Engine.Postgres) await tx.FirstAsync($"SELECT version FROM cart WHERE id = {id} FOR UPDATE", row => row.Long(0));
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

        // The cart is locked and then read: nothing of it may be undone any more.
        await LockAsync(tx, checkout.CartId);
        var (cart, _) = await ReadAsync(tx, checkout.CartId, askedSku: null, now);
        var after = cart?.CheckOut(checkout.CartVersion, checkout.Lines, now);
        if (cart is null && await MergedIntoAsync(tx, checkout.CartId) is { } into)
        {
            // Whoever ordered has signed in meanwhile.
            await LockAsync(tx, into);
            (cart, _) = await ReadAsync(tx, into, askedSku: null, now);
            after = cart?.CheckOutMerged(checkout.Lines, now);
        }
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

    /// <summary>The cart that a guest's was merged into.</summary>
    static Task<string?> MergedIntoAsync(Session session, string id) => session.FirstAsync(
        $"SELECT cart.id FROM claim JOIN cart ON cart.owner = claim.owner WHERE claim.cart_id = {id}", row => row.Text(0));

    /// <summary>A cart with its lines and, in the same query, the variant of a SKU that is asked for.</summary>
    static async Task<(Cart? Cart, Variant? Asked)> ReadAsync(
        Session session, string id, string? askedSku, DateTimeOffset now)
    {
        (long Version, DateTimeOffset ExpiresAt, Variant? Asked, string? Owner) head = default;
        // One row a line; a cart without lines is one row with NULLs.
        var lines = await session.QueryAsync(
            $"""
            SELECT cart.version, cart.expires_at, line.quantity, line.added_price, line.added_version, line.changed_version,
                   v.sku, v.product, v.title, v.variant_title, v.image_src, v.image_alt, v.price, v.available, v.grams,
                   a.sku, a.product, a.title, a.variant_title, a.image_src, a.image_alt, a.price, a.available, a.grams,
                   cart.owner
            FROM cart
            LEFT JOIN line ON line.cart_id = cart.id
            LEFT JOIN variant v ON v.sku = line.sku
            LEFT JOIN variant a ON a.sku = {askedSku}
            WHERE cart.id = {id} AND cart.expires_at > {now}
            ORDER BY line.added_version
            """,
            row =>
            {
                if (head.Version == 0) head = (row.Long(0), row.Time(1), VariantOf(row, 15), row.TextOrNull(24));
                return VariantOf(row, 6) is { } variant
                    ? new Line(variant, row.Int(2), row.Long(3), row.Long(4), row.Long(5)) : null;
            });
        if (lines.Count == 0) return default;
        return (new Cart(id, head.Version, head.ExpiresAt, [.. lines.OfType<Line>()], head.Owner), head.Asked);
    }

    static Variant? VariantOf(Row row, int at) => row.TextOrNull(at) is not { } sku ? null : new Variant(
        sku, row.Text(at + 1), row.Text(at + 2), row.Text(at + 3),
        row.TextOrNull(at + 4) is { } src ? new Image(src, row.TextOrNull(at + 5)) : null,
        row.Long(at + 6), row.Bool(at + 7), row.Long(at + 8));
}
