using System.Text.Json;
using Souk.Catalog.Import;
using Souk.Catalog.Search;

namespace Souk.Catalog;

/// <summary>
/// Writes changed products into their tables: whole lists in a few statements, each list one JSON parameter, because a
/// round trip a row would make a large import slow.
/// </summary>
static class ProductStore
{
    public static async Task WriteAsync(
        Transaction tx, List<Change> changes, SafeHtml html, DateTimeOffset now, CancellationToken cancellation)
    {
        if (changes.Count == 0) return;
        var ids = await PutProductsAsync(tx, changes, now, cancellation);
        await tx.ExecuteAsync($"UPDATE revision SET number = number + 1", cancellation);
        await ClearAsync(tx, ids.Values, cancellation);
        await PutVariantsAsync(tx, changes, ids, cancellation);

        var forSale = changes.FindAll(change => change.Product.ForSale);
        if (forSale.Count == 0) return;
        await PutPagesAsync(tx, forSale, ids, html, cancellation);
        await PutTagsAsync(tx, forSale, ids, cancellation);
        await PutSearchAsync(tx, forSale, ids, cancellation);
    }

    static async Task<Dictionary<string, long>> PutProductsAsync(
        Transaction tx, List<Change> changes, DateTimeOffset now, CancellationToken cancellation)
    {
        var products = changes.ConvertAll(change => ProductRecord.From(change, now));
        var rows = await tx.QueryAsync(
            $"""
            INSERT INTO product (handle, version, content_hash, for_sale, title_key, vendor, vendor_key, category,
                category_slug, price, price_max, has_image, created_at, source)
            SELECT e.value ->> 'handle', CAST(e.value ->> 'version' AS BIGINT), e.value ->> 'contentHash',
                CAST(e.value ->> 'forSale' AS BIGINT), e.value ->> 'titleKey', e.value ->> 'vendor', e.value ->> 'vendorKey',
                e.value ->> 'category', e.value ->> 'categorySlug', CAST(e.value ->> 'price' AS BIGINT),
                CAST(e.value ->> 'priceMax' AS BIGINT), CAST(e.value ->> 'hasImage' AS BIGINT),
                CAST(e.value ->> 'createdAt' AS BIGINT), e.value ->> 'source'
            FROM {tx.Elements(JsonSerializer.Serialize(products, CatalogJson.Default.ListProductRecord))} WHERE true
            ON CONFLICT (handle) DO UPDATE SET version = excluded.version, content_hash = excluded.content_hash,
                for_sale = excluded.for_sale, title_key = excluded.title_key, vendor = excluded.vendor,
                vendor_key = excluded.vendor_key, category = excluded.category, category_slug = excluded.category_slug,
                price = excluded.price, price_max = excluded.price_max, has_image = excluded.has_image,
                source = excluded.source
            RETURNING handle, id
            """,
            row => (Handle: row.Text(0), Id: row.Long(1)), cancellation);
        return rows.ToDictionary(row => row.Handle, row => row.Id, StringComparer.Ordinal);
    }

    static async Task ClearAsync(Transaction tx, IEnumerable<long> ids, CancellationToken cancellation)
    {
        var list = tx.Numbers(ids);
        await tx.ExecuteAsync($"DELETE FROM variant WHERE product_id IN {list}", cancellation);
        await tx.ExecuteAsync($"DELETE FROM product_tag WHERE product_id IN {list}", cancellation);
        await tx.ExecuteAsync($"DELETE FROM product_page WHERE product_id IN {list}", cancellation);
        await tx.ExecuteAsync(tx.Engine == Engine.Sqlite
            ? (Sql)$"DELETE FROM product_search WHERE rowid IN {list}"
            : $"DELETE FROM product_search WHERE product_id IN {list}", cancellation);
    }

    static async Task PutVariantsAsync(
        Transaction tx, List<Change> changes, Dictionary<string, long> ids, CancellationToken cancellation)
    {
        var variants = changes.SelectMany(change => change.Product.Variants.Select(
            variant => new VariantRecord(ids[change.Product.Handle], variant.Sku))).ToList();
        await tx.ExecuteAsync($"""
            INSERT INTO variant (product_id, sku) SELECT CAST(e.value ->> 'productId' AS BIGINT), e.value ->> 'sku'
            FROM {tx.Elements(JsonSerializer.Serialize(variants, CatalogJson.Default.ListVariantRecord))}
            """, cancellation);
    }

    static async Task PutPagesAsync(Transaction tx, List<Change> changes, Dictionary<string, long> ids, SafeHtml html,
        CancellationToken cancellation)
    {
        var pages = changes.ConvertAll(change => new PageRecord(
            ids[change.Product.Handle], change.Product.Handle, change.Version,
            JsonSerializer.Serialize(change.Product.ToCard(), CatalogJson.Default.ProductCard),
            JsonSerializer.Serialize(change.Product.ToDetail(html.Clean(change.Product.Description), change.Version),
                CatalogJson.Default.ProductDetail)));
        await tx.ExecuteAsync($"""
            INSERT INTO product_page (product_id, handle, version, card, detail)
            SELECT CAST(e.value ->> 'productId' AS BIGINT), e.value ->> 'handle', CAST(e.value ->> 'version' AS BIGINT),
                e.value ->> 'card', e.value ->> 'detail'
            FROM {tx.Elements(JsonSerializer.Serialize(pages, CatalogJson.Default.ListPageRecord))}
            """, cancellation);
    }

    static async Task PutTagsAsync(
        Transaction tx, List<Change> changes, Dictionary<string, long> ids, CancellationToken cancellation)
    {
        var tags = changes.SelectMany(change => change.Product.Tags.Select(
            tag => new TagRecord(ids[change.Product.Handle], Words.Fold(tag), tag))).ToList();
        if (tags.Count == 0) return;
        await tx.ExecuteAsync($"""
            INSERT INTO product_tag (product_id, tag_key, tag)
            SELECT CAST(e.value ->> 'productId' AS BIGINT), e.value ->> 'tagKey', e.value ->> 'tag'
            FROM {tx.Elements(JsonSerializer.Serialize(tags, CatalogJson.Default.ListTagRecord))}
            """, cancellation);
    }

    static async Task PutSearchAsync(
        Transaction tx, List<Change> changes, Dictionary<string, long> ids, CancellationToken cancellation)
    {
        var texts = changes.ConvertAll(change => SearchText.Of(change.Product));
        var rows = changes.Zip(texts, (change, text) => tx.Engine == Engine.Sqlite
            ? new SearchRecord(ids[change.Product.Handle], string.Join(' ', text.Title), string.Join(' ', text.Facets), string.Join(' ', text.Body))
            : new SearchRecord(ids[change.Product.Handle], text.ToVector(), "", "")).ToList();
        var elements = tx.Elements(JsonSerializer.Serialize(rows, CatalogJson.Default.ListSearchRecord));
        await tx.ExecuteAsync(tx.Engine == Engine.Sqlite
            ? (Sql)$"""
                INSERT INTO product_search (rowid, title, facets, body)
                SELECT CAST(e.value ->> 'productId' AS BIGINT), e.value ->> 'title', e.value ->> 'facets', e.value ->> 'body'
                FROM {elements}
                """
            : $"""
                INSERT INTO product_search (product_id, words)
                SELECT CAST(e.value ->> 'productId' AS BIGINT), CAST(e.value ->> 'title' AS TSVECTOR) FROM {elements}
                """, cancellation);

        var words = texts.SelectMany(text => text.Guessable).Distinct().Order(StringComparer.Ordinal);
        await tx.ExecuteAsync($"""
            INSERT INTO word (word, length) SELECT w.value, LENGTH(w.value) FROM {tx.Texts(words)} AS w WHERE true
            ON CONFLICT (word) DO NOTHING
            """, cancellation);
    }
}

/// <summary>A product as its table holds it.</summary>
sealed record ProductRecord(
    string Handle, long Version, string ContentHash, long ForSale, string TitleKey, string Vendor, string VendorKey,
    string Category, string CategorySlug, long Price, long PriceMax, long HasImage, long CreatedAt, string Source)
{
    public static ProductRecord From(Change change, DateTimeOffset now)
    {
        var product = change.Product;
        return new ProductRecord(
            product.Handle, change.Version, change.Hash, product.ForSale ? 1 : 0, Words.Fold(product.Title),
            product.Vendor, Words.Fold(product.Vendor), product.Category, Words.Slug(product.Category),
            product.Price, product.PriceMax, product.Images.Count > 0 ? 1 : 0, now.ToUnixTimeMilliseconds(), product.ToSource());
    }
}

sealed record VariantRecord(long ProductId, string Sku);

sealed record PageRecord(long ProductId, string Handle, long Version, string Card, string Detail);

sealed record TagRecord(long ProductId, string TagKey, string Tag);

sealed record SearchRecord(long ProductId, string Title, string Facets, string Body);

/// <summary>A list as one parameter, the same on both engines but for the function's name.</summary>
static class JsonLists
{
    /// <summary>A row <c>e.value</c> for each element of a JSON array.</summary>
    public static Sql Elements(this Session session, string json) => session.Engine == Engine.Sqlite
        ? (Sql)$"json_each({json}) AS e"
        : $"jsonb_array_elements(CAST({json} AS JSONB)) AS e (value)";

    /// <summary>A sub-select of texts, for <c>IN</c>.</summary>
    public static Sql Texts(this Session session, IEnumerable<string> texts)
    {
        var json = JsonSerializer.Serialize([.. texts], CatalogJson.Default.ListString);
        return session.Engine == Engine.Sqlite
            ? (Sql)$"(SELECT value FROM json_each({json}))"
            : $"(SELECT value FROM jsonb_array_elements_text(CAST({json} AS JSONB)))";
    }

    /// <summary>A sub-select of numbers, for <c>IN</c>.</summary>
    public static Sql Numbers(this Session session, IEnumerable<long> numbers)
    {
        var json = JsonSerializer.Serialize([.. numbers], CatalogJson.Default.ListInt64);
        return session.Engine == Engine.Sqlite
            ? (Sql)$"(SELECT value FROM json_each({json}))"
            : $"(SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text(CAST({json} AS JSONB)))";
    }
}
