using System.Text.Json;
using Souk.Catalog.Import;
using Souk.Catalog.Search;

namespace Souk.Catalog;

/// <summary>Keeps products: a batch of an import in one transaction, with its events; a page in one lookup.</summary>
sealed class CatalogStore(Database database, TimeProvider clock)
{
    // Short, so that an import can follow soon after one whose process was killed; a batch renews it long before.
    static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(5);

    /// <summary>A product's page as JSON with its version; null where it is not for sale.</summary>
    public Task<ProductPage?> PageAsync(string handle, CancellationToken cancellation) => database.ReadAsync(session =>
        session.FirstAsync<ProductPage?>(
            $"SELECT detail, version FROM product_page WHERE handle = {handle}",
            row => new ProductPage(row.Text(0), row.Long(1)), cancellation), cancellation);

    /// <summary>A product with its version, for sale or not; null where there is none, or none whose source is known.</summary>
    public Task<(Product Product, long Version)?> SourceAsync(string handle, CancellationToken cancellation) => database.ReadAsync(session =>
        session.FirstAsync<(Product, long)?>(
            $"SELECT source, version FROM product WHERE handle = {handle} AND source IS NOT NULL",
            row => (JsonSerializer.Deserialize(row.Text(0), CatalogJson.Default.Product)!, row.Long(1)), cancellation), cancellation);

    /// <summary>Products after a handle whose handle or title holds a text, for sale or not, in the order of handles.</summary>
    public Task<List<StaffProductEntry>> ListAsync(string text, string after, int limit, CancellationToken cancellation)
    {
        var like = $"%{Words.Fold(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
        return database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT handle, version, for_sale, vendor, category, price, price_max, source ->> 'title' FROM
                (SELECT handle, version, for_sale, vendor, category, price, price_max, title_key,
                    {(session.Engine == Engine.Sqlite ? Sql.Text("source") : Sql.Text("CAST(source AS JSONB) AS source"))} FROM product) AS known
            WHERE handle > {after} AND (handle LIKE {like} ESCAPE '\' OR title_key LIKE {like} ESCAPE '\')
            ORDER BY handle LIMIT {(long)limit}
            """,
            row => new StaffProductEntry(row.Text(0), row.TextOrNull(7) ?? row.Text(0), row.Text(3), row.Text(4), row.Bool(2),
                row.Long(5), row.Long(6), row.Long(1)), cancellation), cancellation);
    }

    /// <summary>Takes the right to import, or keeps it; false while another import has it.</summary>
    public Task<bool> TakeLeaseAsync(string holder, CancellationToken cancellation) => database.WriteAsync(async tx =>
    {
        var now = clock.GetUtcNow();
        return await tx.ExecuteAsync($"""
            INSERT INTO import_lease (id, holder, until) VALUES (1, {holder}, {now + LeaseLength})
            ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until
            WHERE import_lease.holder = excluded.holder OR import_lease.until < {now}
            """, cancellation) == 1;
    }, cancellation);

    public Task EndLeaseAsync(string holder) =>
        database.WriteAsync(tx => tx.ExecuteAsync($"DELETE FROM import_lease WHERE holder = {holder}"));

    /// <summary>
    /// Stores the products that changed and publishes what changed for others, in one transaction; repeated, it changes
    /// nothing and publishes nothing. A variant whose SKU belongs to another product is refused.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another import took over; nothing was stored.</exception>
    /// <exception cref="RowsRefusedException">Where all or nothing was wanted, and something was refused.</exception>
    public Task<SavedBatch> SaveAsync(string holder, IReadOnlyList<Product> products, SafeHtml html, CancellationToken cancellation,
        bool allOrNothing = false) => database.WriteAsync(async tx =>
    {
        var now = clock.GetUtcNow();
        if (await tx.ExecuteAsync(
            $"UPDATE import_lease SET until = {now + LeaseLength} WHERE holder = {holder}", cancellation) == 0)
        {
            throw new InvalidOperationException("Another import has taken over.");
        }

        var saved = new SavedBatch();
        var known = await KnownAsync(tx, products, cancellation);
        var owners = await OwnersAsync(tx, products, cancellation);
        var changed = new List<Change>();
        foreach (var offered in products)
        {
            if (owners.Claim(offered, saved.Refused) is not { } product) continue;
            var before = known.GetValueOrDefault(product.Handle);
            var hash = product.ContentHash();
            if (before?.Hash == hash) saved.Unchanged++;
            else changed.Add(new Change(product, before, owners.Hand(product), hash));
        }
        if (allOrNothing && saved.Refused.Count > 0) throw new RowsRefusedException(saved.Refused);
        await ProductStore.WriteAsync(tx, changed, html, now, cancellation);
        foreach (var change in changed) Publish(tx, change, saved);
        return saved;
    }, cancellation);

    static void Publish(Transaction tx, Change change, SavedBatch saved)
    {
        var (product, wasForSale) = (change.Product, change.Before is { ForSale: true });
        if (change.Before is null) saved.Created++;
        else if (wasForSale && !product.ForSale) saved.Withdrawn++;
        else saved.Updated++;

        if (product.ForSale)
        {
            tx.Publish("ProductPut", product.Handle, change.Version, product.ToPut(), CatalogJson.Default.ProductPut);
        }
        else if (wasForSale)
        {
            tx.Publish("ProductWithdrawn", product.Handle, change.Version,
                new ProductWithdrawn(product.Handle, change.SkusBefore), CatalogJson.Default.ProductWithdrawn);
        }
    }

    static async Task<Dictionary<string, Known>> KnownAsync(
        Transaction tx, IReadOnlyList<Product> products, CancellationToken cancellation)
    {
        var rows = await tx.QueryAsync(
            $"""
            SELECT handle, version, content_hash, for_sale FROM product
            WHERE handle IN {tx.Texts(products.Select(product => product.Handle))}
            """,
            row => (Handle: row.Text(0), Known: new Known(row.Long(1), row.Text(2), row.Bool(3))), cancellation);
        return rows.ToDictionary(row => row.Handle, row => row.Known, StringComparer.Ordinal);
    }

    static async Task<SkuOwners> OwnersAsync(
        Transaction tx, IReadOnlyList<Product> products, CancellationToken cancellation) => new(await tx.QueryAsync(
            $"""
            SELECT variant.sku, product.handle FROM variant JOIN product ON product.id = variant.product_id
            WHERE variant.sku IN {tx.Texts(products.SelectMany(product => product.Variants).Select(variant => variant.Sku))}
            UNION
            SELECT variant.sku, product.handle FROM product JOIN variant ON variant.product_id = product.id
            WHERE product.handle IN {tx.Texts(products.Select(product => product.Handle))}
            ORDER BY 1
            """,
            row => (row.Text(0), row.Text(1)), cancellation), products);

}

/// <summary>A page ready to send.</summary>
sealed record ProductPage(string Json, long Version);

/// <summary>A stored product, as much as an import needs of it.</summary>
sealed record Known(long Version, string Hash, bool ForSale);

/// <summary>A product that is new or differs from what is stored.</summary>
sealed record Change(Product Product, Known? Before, IReadOnlyList<string> SkusBefore, string Hash)
{
    public long Version => (Before?.Version ?? 0) + 1;
}

/// <summary>Something of a product was refused, and so nothing of it was stored.</summary>
sealed class RowsRefusedException(IReadOnlyList<RefusedRow> rows) : Exception(rows[0].Detail)
{
    public IReadOnlyList<RefusedRow> Rows { get; } = rows;
}

/// <summary>What became of a batch.</summary>
sealed class SavedBatch
{
    public int Created { get; set; }

    public int Updated { get; set; }

    public int Unchanged { get; set; }

    public int Withdrawn { get; set; }

    public List<RefusedRow> Refused { get; } = [];
}
