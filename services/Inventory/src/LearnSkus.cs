using System.Text.Json.Serialization;

namespace Souk.Inventory;

/// <summary>
/// Opens the stock of each SKU that the catalogue lists for the first time, with the quantity it came with. From then
/// on the catalogue has no say: repeated, late or changed, its events leave a known SKU alone.
/// </summary>
static class LearnSkus
{
    public static void Subscribe(Subscription feed) => feed.On("ProductPut", CatalogJson.Default.ProductPut, PutAsync);

    static async Task PutAsync(Transaction tx, Event<ProductPut> e)
    {
        var change = new Change("opening", "First listed by the catalogue", "catalog", e.Time);
        foreach (var variant in e.Data.Variants)
        {
            await StockStore.OpenAsync(tx, Stock.Open(variant.Sku, variant.InitialQuantity), change);
        }
    }
}

/// <summary>Catalog's event, with what Inventory reads of it.</summary>
sealed record ProductPut(IReadOnlyList<ProductPut.Variant> Variants)
{
    public sealed record Variant(string Sku, long InitialQuantity);
}

/// <summary>Strict where it matters: an event without a quantity is put aside, not taken for none.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ProductPut))]
sealed partial class CatalogJson : JsonSerializerContext;
