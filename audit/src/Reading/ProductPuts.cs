using System.Text.Json;

namespace Souk.Auditing.Reading;

/// <summary>Catalog's events with what they say of variants: enough to make Cart's copy a second time.</summary>
sealed class ProductPuts
{
    ProductPuts(List<ProductPut> all) => All = all;

    /// <summary>In the order of the feed.</summary>
    public IReadOnlyList<ProductPut> All { get; }

    public static async Task<ProductPuts> ReadAsync(Snapshot store) => new(await store.Catalog.QueryAsync(
        "SELECT id, type, subject, version, position, data FROM outbox WHERE type IN ('ProductPut', 'ProductWithdrawn') AND position IS NOT NULL ORDER BY position",
        row => ProductPut.Of(new Told(row.Text(0), row.Text(1), row.Text(2), row.Long(3), row.Long(4)), row.Text(5))));

    /// <summary>What a consumer's table of variants must be after these events; a withdrawn variant stays in it.</summary>
    public Dictionary<string, CopiedVariant> Replay(Func<Told, bool> isApplied)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        var table = new Dictionary<string, CopiedVariant>(StringComparer.Ordinal);
        var ofProduct = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var put in All.Where(put => isApplied(put.Told)))
        {
            var product = put.Told.Subject;
            if (versions.GetValueOrDefault(product) >= put.Told.Version) continue;
            versions[product] = put.Told.Version;
            var mine = ofProduct.TryGetValue(product, out var known) ? known : ofProduct[product] = new(StringComparer.Ordinal);
            foreach (var sku in mine.Where(sku => table[sku].Product == product)) table[sku] = table[sku] with { IsAvailable = false };
            foreach (var variant in put.Variants)
            {
                // Of two products with one SKU the later event has it.
                if (table.TryGetValue(variant.Sku, out var present) && present.Position > put.Told.Position) continue;
                table[variant.Sku] = new CopiedVariant(variant.Sku, product, put.Told.Position, put.Title, variant.Title,
                    (variant.Image ?? put.Image)?.Src, (variant.Image ?? put.Image)?.Alt, variant.Price, true);
                mine.Add(variant.Sku);
            }
        }
        return table;
    }
}

/// <summary>A row of Cart's table <c>variant</c>.</summary>
sealed record CopiedVariant(
    string Sku, string Product, long Position, string Title, string VariantTitle, string? ImageSrc, string? ImageAlt, long Price, bool IsAvailable);

/// <summary>A product as an event lists it; withdrawn: without variants.</summary>
sealed record ProductPut(Told Told, string Title, ProductPut.Picture? Image, IReadOnlyList<ProductPut.Variant> Variants)
{
    public sealed record Variant(string Sku, string Title, long Price, Picture? Image);

    public sealed record Picture(string Src, string? Alt);

    public static ProductPut Of(Told told, string data)
    {
        if (told.Type != "ProductPut") return new ProductPut(told, "", null, []);
        using var json = JsonDocument.Parse(data);
        var root = json.RootElement;
        return new ProductPut(told, root.GetProperty("title").GetString()!, PictureOf(root), [.. root.GetProperty("variants").EnumerateArray()
            .Select(variant => new Variant(variant.GetProperty("sku").GetString()!, variant.GetProperty("title").GetString()!,
                variant.GetProperty("price").GetProperty("amount").GetInt64(), PictureOf(variant)))]);
    }

    static Picture? PictureOf(JsonElement owner) =>
        owner.TryGetProperty("image", out var image) && image.ValueKind == JsonValueKind.Object
            ? new Picture(image.GetProperty("src").GetString()!, image.TryGetProperty("alt", out var alt) ? alt.GetString() : null) : null;
}
