using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Catalog;

/// <summary>A product as a catalogue file describes it, its rules already kept: a title, at least one variant, no SKU twice.</summary>
sealed record Product(
    string Handle,
    string Title,
    string Description,
    string Vendor,
    string Category,
    IReadOnlyList<string> Tags,
    IReadOnlyList<Image> Images,
    IReadOnlyList<string> OptionNames,
    IReadOnlyList<Variant> Variants,
    string Currency,
    bool ForSale)
{
    // Counts up when the same file would be stored differently, so that the next import renews every product.
    const int Format = 3;

    public const int VariantsMax = 2048;
    public const int ImagesMax = 250;
    public const int TagsMax = 250;
    public const int OptionsMax = 3;
    public const int TextLengthMax = 255;

    [JsonIgnore]
    public long Price => Variants.Min(variant => variant.Price);

    [JsonIgnore]
    public long PriceMax => Variants.Max(variant => variant.Price);

    [JsonIgnore]
    public Image? FirstImage => Images.Count > 0 ? Images[0] : null;

    /// <summary>The variants without those that are refused; null when none is left.</summary>
    public Product? Without(IReadOnlySet<string> skus)
    {
        if (skus.Count == 0) return this;
        var left = Variants.Where(variant => !skus.Contains(variant.Sku)).ToList();
        return left.Count == 0 ? null : this with { Variants = left };
    }

    /// <summary>The same for the same content: what makes an import that changes nothing change nothing.</summary>
    public string ContentHash()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, CatalogJson.Default.Product);
        return $"{Format}-{Convert.ToHexStringLower(SHA256.HashData(json))[..32]}";
    }

    /// <summary>All of it, so that it can be edited.</summary>
    public string ToSource() => JsonSerializer.Serialize(this, CatalogJson.Default.Product);
}

/// <summary>What is bought: one combination of a product's options, with its own SKU and price.</summary>
/// <param name="Sku">Unique in the store.</param>
/// <param name="Values">One for each of the product's options, in their order; a variant may lack the last ones.</param>
/// <param name="Price">In minor units.</param>
/// <param name="CompareAtPrice">A former, higher price, or null.</param>
/// <param name="Image">Its own picture, or null.</param>
/// <param name="Quantity">How many there are at first; Inventory counts from there.</param>
/// <param name="Grams">What one weighs; 0 where nobody says.</param>
/// <param name="Row">Where it stands in the file; no part of the content.</param>
sealed record Variant(
    string Sku, IReadOnlyList<string> Values, long Price, long? CompareAtPrice, Image? Image, long Quantity, long Grams,
    [property: JsonIgnore] long Row)
{
    /// <summary>For example "Small / Blue"; empty for a product without options.</summary>
    [JsonIgnore]
    public string Title => string.Join(" / ", Values);
}

/// <summary>A picture: its address and what it shows.</summary>
public sealed record Image(string Src, string Alt);

/// <summary>The one currency of the store: ISO 4217. Setting: <c>Souk:Currency</c>, default EUR.</summary>
sealed record Currency(string Code);
