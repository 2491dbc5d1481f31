using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>The currency that the store sells in; one for all prices.</summary>
sealed record StoreCurrency(string Code)
{
    public Money Of(long amount) => new(amount, Code);
}

/// <summary>An amount in minor units.</summary>
sealed record Money(long Amount, string Currency);

/// <summary>A cart as a shopper sees it, whole in every answer; count and total are those of the lines for sale.</summary>
sealed record CartView(
    string Id, long Version, IReadOnlyList<LineView> Lines, int ItemCount, Money Total, DateTimeOffset ExpiresAt)
{
    /// <summary>The answer to every successful request, with the version as its ETag.</summary>
    public static Ok<CartView> Answer(HttpResponse response, Cart cart, StoreCurrency currency)
    {
        Describe(response, cart);
        return TypedResults.Ok(Of(cart, currency));
    }

    public static void Describe(HttpResponse response, Cart cart)
    {
        response.Headers.ETag = $"\"{cart.Version}\"";
        // The address is the key to the cart, and prices move without a new version.
        response.Headers.CacheControl = "no-store";
    }

    public static CartView Of(Cart cart, StoreCurrency currency) => new(
        cart.Id,
        cart.Version,
        [.. cart.Lines.Select(line => LineView.Of(line, currency))],
        cart.Lines.Where(line => line.Counts).Sum(line => line.Quantity),
        currency.Of(cart.Lines.Where(line => line.Counts).Sum(line => line.Total)),
        cart.ExpiresAt);
}

/// <summary>A line at today's price, beside that of the day when it was added. Not available: withdrawn from sale.</summary>
sealed record LineView(
    string Sku, string Title, string VariantTitle, string ProductHandle, Image? Image, int Quantity,
    Money UnitPrice, Money LineTotal, Money AddedPrice, bool PriceChanged, bool Available)
{
    public static LineView Of(Line line, StoreCurrency currency) => new(
        line.Variant.Sku, line.Variant.Title, line.Variant.VariantTitle, line.Variant.Product, line.Variant.Image,
        line.Quantity, currency.Of(line.Variant.Price), currency.Of(line.Total), currency.Of(line.AddedPrice),
        line.Variant.Price != line.AddedPrice, line.Variant.Available);
}

/// <summary>What Cart reads and writes over HTTP.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CartView))]
[JsonSerializable(typeof(PutLineRequest))]
[JsonSerializable(typeof(OrderableCart))]
[JsonSerializable(typeof(CheckoutRequest))]
[JsonSerializable(typeof(CheckoutView))]
[JsonSerializable(typeof(IReadOnlyList<Removed>))]
[JsonSerializable(typeof(PersonView))]
[JsonSerializable(typeof(ForgottenView))]
sealed partial class CartJson : JsonSerializerContext;
