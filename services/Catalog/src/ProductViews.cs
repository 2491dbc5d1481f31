using System.Text.Json.Serialization;
using Souk.Catalog.Import;
using Souk.Catalog.Search;

namespace Souk.Catalog;

/// <summary>An amount in minor units: 1999 EUR is 19.99 €.</summary>
public sealed record Money(long Amount, string Currency);

/// <summary>A product in a list: as much as a shelf shows. <c>Price</c> is its lowest, <c>MaxPrice</c> its highest.</summary>
public sealed record ProductCard(
    string Handle, string Title, string Vendor, string Category, IReadOnlyList<string> Tags, Image? Image,
    Money Price, Money MaxPrice, Money? CompareAtPrice, int VariantCount, IReadOnlyList<string> Skus);

/// <summary>A product whole: as much as its page shows. The description is safe to put into a page as it is.</summary>
public sealed record ProductDetail(
    string Handle, string Title, string DescriptionHtml, string Vendor, string Category, IReadOnlyList<string> Tags,
    IReadOnlyList<Image> Images, IReadOnlyList<ProductOption> Options, IReadOnlyList<ProductVariant> Variants, long Version);

/// <summary>What can be chosen, such as Size, and its values in the order of the variants.</summary>
public sealed record ProductOption(string Name, IReadOnlyList<string> Values);

/// <summary>One combination of options, as a page shows it.</summary>
public sealed record ProductVariant(
    string Sku, string Title, IReadOnlyList<OptionValue> Options, Money Price, Money? CompareAtPrice, Image? Image);

/// <summary>One chosen option of a variant.</summary>
public sealed record OptionValue(string Name, string Value);

/// <summary>Event: a product is for sale as told here. The variants are the whole list: one that is missing is gone.</summary>
public sealed record ProductPut(
    string Handle, string Title, string Vendor, string Category, bool Published, Image? Image,
    IReadOnlyList<ProductPutVariant> Variants);

/// <summary>A variant in <see cref="ProductPut"/>; <c>InitialQuantity</c> counts for a SKU that was never seen, <c>Grams</c> is what one weighs.</summary>
public sealed record ProductPutVariant(
    string Sku, string Title, Money Price, Money? CompareAtPrice, Image? Image, long InitialQuantity, long Grams);

/// <summary>Event: a product is no longer for sale.</summary>
public sealed record ProductWithdrawn(string Handle, IReadOnlyList<string> Skus);

/// <summary>What others see of a product: pure projections.</summary>
static class ProductViews
{
    public static ProductCard ToCard(this Product product)
    {
        var cheapest = product.Variants.MinBy(variant => variant.Price)!;
        return new ProductCard(
            product.Handle, product.Title, product.Vendor, product.Category, product.Tags, product.FirstImage,
            product.Money(product.Price), product.Money(product.PriceMax), product.MoneyOrNull(cheapest.CompareAtPrice),
            product.Variants.Count, [.. product.Variants.Select(variant => variant.Sku)]);
    }

    public static ProductDetail ToDetail(this Product product, string descriptionHtml, long version) => new(
        product.Handle, product.Title, descriptionHtml, product.Vendor, product.Category, product.Tags, product.Images,
        [.. product.OptionNames.Select((name, i) => new ProductOption(name,
            [.. product.Variants.Where(variant => variant.Values.Count > i).Select(variant => variant.Values[i]).Distinct()]))],
        [.. product.Variants.Select(variant => new ProductVariant(
            variant.Sku, variant.Title,
            [.. variant.Values.Select((value, i) => new OptionValue(product.OptionNames[i], value))],
            product.Money(variant.Price), product.MoneyOrNull(variant.CompareAtPrice), variant.Image))],
        version);

    public static ProductPut ToPut(this Product product) => new(
        product.Handle, product.Title, product.Vendor, product.Category, Published: true, product.FirstImage,
        [.. product.Variants.Select(variant => new ProductPutVariant(
            variant.Sku, variant.Title, product.Money(variant.Price), product.MoneyOrNull(variant.CompareAtPrice),
            variant.Image, variant.Quantity, variant.Grams))]);

    static Money Money(this Product product, long amount) => new(amount, product.Currency);

    static Money? MoneyOrNull(this Product product, long? amount) =>
        amount is { } value ? new Money(value, product.Currency) : null;
}

/// <summary>How the catalogue reads and writes JSON, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Default)]
[JsonSerializable(typeof(Product))]
[JsonSerializable(typeof(ProductCard))]
[JsonSerializable(typeof(ProductDetail))]
[JsonSerializable(typeof(ProductPut))]
[JsonSerializable(typeof(ProductWithdrawn))]
[JsonSerializable(typeof(ProductList))]
[JsonSerializable(typeof(CategoryList))]
[JsonSerializable(typeof(ProductEdit))]
[JsonSerializable(typeof(StaffProductPage))]
[JsonSerializable(typeof(IReadOnlyList<RefusedRow>))]
[JsonSerializable(typeof(ImportProgress))]
[JsonSerializable(typeof(ImportSummary))]
[JsonSerializable(typeof(List<ProductRecord>))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(List<long>))]
[JsonSerializable(typeof(List<VariantRecord>))]
[JsonSerializable(typeof(List<PageRecord>))]
[JsonSerializable(typeof(List<TagRecord>))]
[JsonSerializable(typeof(List<SearchRecord>))]
sealed partial class CatalogJson : JsonSerializerContext;
