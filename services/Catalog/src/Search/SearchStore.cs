using System.Text.Json;

namespace Souk.Catalog.Search;

/// <summary>Finds products: full text of the engine (FTS5, tsvector), filters, facets.</summary>
sealed class SearchStore(Database database)
{
    const int FacetValuesMax = 100;
    const int NearestMax = 5;

    readonly CountCache _counts = new();

    public Task<ProductList> FindAsync(Criteria criteria, CancellationToken cancellation) => database.ReadAsync(async session =>
    {
        var revision = await session.LongAsync($"SELECT number FROM revision", cancellation);
        if (_counts.Find(criteria, revision) is not { } counts)
        {
            counts = await CountAsync(session, criteria, cancellation);
            _counts.Keep(criteria, revision, counts);
        }
        var offset = (long)(criteria.Page - 1) * criteria.PageSize;
        var items = counts.Total > offset ? await ItemsAsync(session, criteria, counts.Match, offset, cancellation) : [];
        return new ProductList(items, counts.Total, criteria.Page, criteria.PageSize, counts.Facets);
    }, cancellation);

    public Task<List<Category>> CategoriesAsync(CancellationToken cancellation) => database.ReadAsync(session =>
        session.QueryAsync(
            $"""
            SELECT c.name, c.slug, c.count, page.card
            FROM (SELECT MIN(category) AS name, category_slug AS slug, COUNT(*) AS count,
                         MIN(CASE WHEN has_image = 1 THEN id END) AS pictured
                  FROM product WHERE for_sale = 1 GROUP BY category_slug) AS c
            LEFT JOIN product_page AS page ON page.product_id = c.pictured
            ORDER BY c.name
            """,
            row => new Category(row.Text(0), row.Text(1), row.Long(2),
                row.TextOrNull(3) is { } card ? Card(card).Image : null), cancellation), cancellation);

    static async Task<Counts> CountAsync(Session session, Criteria criteria, CancellationToken cancellation)
    {
        var match = criteria.Words?.Select(word => new[] { word }).ToArray();
        var (matching, counts) = await CountAsync(session, criteria, match, cancellation);
        if (matching > 0 || match is null or []) return counts;
        match = await NearestAsync(session, match, cancellation);
        return (await CountAsync(session, criteria, match, cancellation)).Counts;
    }

    static async Task<(long Matching, Counts Counts)> CountAsync(
        Session session, Criteria criteria, string[][]? match, CancellationToken cancellation)
    {
        var rows = await session.QueryAsync(
            $"""
            WITH base AS MATERIALIZED (
                SELECT p.id, p.category, p.category_slug, p.vendor, p.vendor_key, p.price, p.price_max,
                    {Flag(ByCategory(criteria))} AS c, {Flag(ByVendor(criteria))} AS v, {Flag(ByTag(criteria))} AS t,
                    {Flag(ByPrice(criteria))} AS m
                FROM product AS p {Join(session, match)} WHERE p.for_sale = 1)
            SELECT 'matching' AS facet, '' AS value, COUNT(*) AS count, 0 AS low, 0 AS high FROM base
            UNION ALL SELECT 'total', '', COUNT(*), 0, 0 FROM base WHERE c = 1 AND v = 1 AND t = 1 AND m = 1
            UNION ALL SELECT 'price', '', COUNT(*), COALESCE(MIN(price), 0), COALESCE(MAX(price_max), 0)
                FROM base WHERE c = 1 AND v = 1 AND t = 1
            UNION ALL SELECT * FROM (SELECT 'category', MIN(category), COUNT(*), 0, 0 FROM base
                WHERE v = 1 AND t = 1 AND m = 1 GROUP BY category_slug ORDER BY 3 DESC, 2 LIMIT {FacetValuesMax}) AS categories
            UNION ALL SELECT * FROM (SELECT 'vendor', MIN(vendor), COUNT(*), 0, 0 FROM base
                WHERE c = 1 AND t = 1 AND m = 1 AND vendor <> '' GROUP BY vendor_key ORDER BY 3 DESC, 2 LIMIT {FacetValuesMax}) AS vendors
            UNION ALL SELECT * FROM (SELECT 'tag', MIN(tag.tag), COUNT(*), 0, 0
                FROM base JOIN product_tag AS tag ON tag.product_id = base.id
                WHERE c = 1 AND v = 1 AND m = 1 GROUP BY tag.tag_key ORDER BY 3 DESC, 2 LIMIT {FacetValuesMax}) AS tags
            """,
            row => (Facet: row.Text(0), Value: row.Text(1), Count: row.Long(2), Low: row.Long(3), High: row.Long(4)), cancellation);

        List<FacetValue> Values(string facet) =>
            [.. rows.Where(row => row.Facet == facet).Select(row => new FacetValue(row.Value, row.Count))];
        var price = rows.Find(row => row.Facet == "price");
        return (rows.Find(row => row.Facet == "matching").Count, new Counts(match,
            rows.Find(row => row.Facet == "total").Count, new Facets(Values("category"), Values("vendor"), Values("tag"), new PriceRange(price.Low, price.High))));
    }

    static Task<List<ProductCard>> ItemsAsync(
        Session session, Criteria criteria, string[][]? match, long offset, CancellationToken cancellation)
    {
        var filters = new[] { ByCategory(criteria), ByVendor(criteria), ByTag(criteria), ByPrice(criteria) }.OfType<Sql>();
        var where = Sql.Join(" AND ", filters.Prepend(Sql.Text("p.for_sale = 1")));
        return session.QueryAsync(
            $"""
            SELECT page.card FROM product AS p JOIN product_page AS page ON page.product_id = p.id {Join(session, match)}
            WHERE {where} ORDER BY {Order(session, criteria.Sort, match)} LIMIT {(long)criteria.PageSize} OFFSET {offset}
            """,
            row => Card(row.Text(0)), cancellation);
    }

    static ProductCard Card(string json) => JsonSerializer.Deserialize(json, CatalogJson.Default.ProductCard)!;

    static Sql? ByCategory(Criteria criteria) =>
        criteria.Categories.Count == 0 ? null : (Sql)$"p.category_slug IN {criteria.Categories}";

    static Sql? ByVendor(Criteria criteria) => criteria.Vendors.Count == 0 ? null : (Sql)$"p.vendor_key IN {criteria.Vendors}";

    static Sql? ByTag(Criteria criteria) => criteria.Tags.Count == 0
        ? null
        : (Sql)$"EXISTS (SELECT 1 FROM product_tag AS own WHERE own.product_id = p.id AND own.tag_key IN {criteria.Tags})";

    /// <summary>A product fits when the range of its variants' prices meets the range asked for.</summary>
    static Sql? ByPrice(Criteria criteria)
    {
        var bounds = new List<Sql>();
        if (criteria.MinPrice is { } min) bounds.Add($"p.price_max >= {min}");
        if (criteria.MaxPrice is { } max) bounds.Add($"p.price <= {max}");
        return bounds.Count == 0 ? null : Sql.Join(" AND ", bounds);
    }

    static Sql Flag(Sql? condition) => condition is null ? Sql.Text("1") : $"CASE WHEN {condition} THEN 1 ELSE 0 END";

    static Sql Order(Session session, Sort sort, string[][]? match) => sort switch
    {
        Sort.Relevance when match is not null => Sql.Text(session.Engine == Engine.Sqlite
            ? "bm25(product_search, 10.0, 4.0, 1.0), p.title_key, p.id"
            : "ts_rank(search.words, wanted.query) DESC, p.title_key, p.id"),
        Sort.Price => Sql.Text("p.price, p.title_key, p.id"),
        Sort.PriceDescending => Sql.Text("p.price DESC, p.title_key, p.id"),
        Sort.Newest => Sql.Text("p.created_at DESC, p.id DESC"),
        _ => Sql.Text("p.title_key, p.id"),
    };

    /// <summary>Joins the full-text index: every word must occur, in one of its forms, the last as a beginning.</summary>
    static Sql Join(Session session, string[][]? match)
    {
        if (match is null) return Sql.Empty;
        // Nothing but signs was asked for: nothing is found.
        if (match.Length == 0) return Sql.Text("JOIN (SELECT 1 WHERE false) AS none ON true");
        if (session.Engine == Engine.Sqlite)
        {
            var terms = match.Select((forms, i) => $"({string.Join(" OR ", forms.Select(
                form => $"\"{form}\"{(i == match.Length - 1 ? "*" : "")}"))})");
            return $"JOIN product_search ON product_search.rowid = p.id AND product_search MATCH {string.Join(" AND ", terms)}";
        }
        var operands = match.Select((forms, i) => $"({string.Join(" | ", forms.Select(
            form => $"'{form}'{(i == match.Length - 1 ? ":*" : "")}"))})");
        return $"""
            CROSS JOIN (SELECT CAST({string.Join(" & ", operands)} AS TSQUERY) AS query) AS wanted
            JOIN product_search AS search ON search.product_id = p.id AND search.words @@ wanted.query
            """;
    }

    /// <summary>Each word with the known words that are nearest to it, where it is none itself.</summary>
    static async Task<string[][]> NearestAsync(Session session, string[][] match, CancellationToken cancellation)
    {
        var nearest = new string[match.Length][];
        for (var i = 0; i < match.Length; i++)
        {
            var word = match[i][0];
            var errors = Words.ErrorsForgiven(word);
            nearest[i] = match[i];
            if (errors == 0) continue;
            var near = new List<(string Word, int Distance)>();
            await session.QueryAsync<bool>(
                $"SELECT word FROM word WHERE length BETWEEN {(long)word.Length - errors} AND {(long)word.Length + errors}",
                row =>
                {
                    var known = row.Text(0);
                    var distance = Words.Distance(word, known, errors);
                    if (distance <= errors) near.Add((known, distance));
                    return true;
                }, cancellation);
            // Known as it is: it only does not occur together with the others.
            if (near.Exists(found => found.Distance == 0)) continue;
            var least = near.Count == 0 ? 0 : near.Min(found => found.Distance);
            nearest[i] = [word, .. near.Where(found => found.Distance == least)
                .Select(found => found.Word).Order(StringComparer.Ordinal).Take(NearestMax)];
        }
        return nearest;
    }
}
