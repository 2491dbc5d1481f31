using System.Text.Json.Serialization;

namespace Souk.Cart;

/// <summary>
/// Keeps Cart's own copy of what Catalog sells, from its feed, so that a cart is priced while Catalog is down.
/// Repeated, or late behind a newer version, an event changes nothing.
/// </summary>
sealed class CatalogCopy(StoreCurrency currency)
{
    // A full cart at this price still fits the integers of every JSON reader (2⁵³).
    const long PriceMax = 900_000_000_000;

    // A thousand tons: heavier is a slip of the hand, and must not overflow anybody's sum.
    const long GramsMax = 1_000_000_000;

    public void Subscribe(Subscription feed) => feed
        .On("ProductPut", CatalogJson.Default.ProductPut, PutAsync)
        .On("ProductWithdrawn", CatalogJson.Default.ProductWithdrawn, WithdrawAsync);

    Task PutAsync(Transaction tx, Event<ProductPut> e)
    {
        var variants = e.Data.Variants.Select(variant => new Variant(
            variant.Sku, e.Subject, e.Data.Title, variant.Title, variant.Image ?? e.Data.Image, AmountOf(variant),
            true, Math.Clamp(variant.Grams, 0, GramsMax)));
        return CartStore.PutProductAsync(tx, e.Subject, e.Version, e.Position, [.. variants]);
    }

    static Task WithdrawAsync(Transaction tx, Event<ProductWithdrawn> e) =>
        CartStore.PutProductAsync(tx, e.Subject, e.Version, e.Position, []);

    // What cannot be added up must not be sold; the feed puts the event aside for an operator to see.
    long AmountOf(ProductPut.Variant variant) => variant.Price switch
    {
        { Currency: var other } when other != currency.Code =>
            throw new FormatException($"{variant.Sku} is priced in {other}; this store sells in {currency.Code}."),
        { Amount: < 0 or > PriceMax } =>
            throw new FormatException($"{variant.Sku} has the price {variant.Price.Amount}; 0 to {PriceMax} are possible."),
        { Amount: var amount } => amount,
    };
}

/// <summary>Catalog's event, with what Cart reads of it: all variants that are on sale.</summary>
sealed record ProductPut(string Title, IReadOnlyList<ProductPut.Variant> Variants, Image? Image = null)
{
    public sealed record Variant(string Sku, string Title, Money Price, Image? Image = null, long Grams = 0);
}

/// <summary>Catalog's event: none of the product's variants is on sale any more. Its subject says it all.</summary>
sealed record ProductWithdrawn;

/// <summary>Strict where it matters: an event without a title or price is put aside, not copied as nothing.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ProductPut))]
[JsonSerializable(typeof(ProductWithdrawn))]
sealed partial class CatalogJson : JsonSerializerContext;
