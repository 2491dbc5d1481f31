using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>
/// A cart as an order is made from it: prices, weights, and the version that is ordered. Somebody's own is given for the
/// owner's token alone, whoever asks.
/// </summary>
static class ReadCartForOrder
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/carts/{id}", HandleAsync)
        .WithName("ReadCartForOrder")
        .ProducesProblem(404)
        .AllowCallers("ordering").ForUser(guestsToo: true);

    static async Task<Results<Ok<OrderableCart>, Refusal>> HandleAsync(
        string id, CartStore store, TimeProvider clock, StoreCurrency currency, HttpContext context, CancellationToken cancellation) =>
        await store.FindAsync(id, context.Customer()?.Subject, clock.GetUtcNow(), cancellation) is { } cart
            ? TypedResults.Ok(OrderableCart.Of(cart, currency))
            : CartRefusals.CartUnknown;
}

/// <summary>What can be ordered of a cart; a line that is not available cannot.</summary>
sealed record OrderableCart(string Id, long Version, IReadOnlyList<OrderableLine> Lines)
{
    public static OrderableCart Of(Cart cart, StoreCurrency currency) => new(
        cart.Id, cart.Version, [.. cart.Lines.Select(line => OrderableLine.Of(line, currency))]);
}

/// <summary>A line at today's price, and what one piece of it weighs.</summary>
sealed record OrderableLine(
    string Sku, string Title, string VariantTitle, string ProductHandle, Image? Image, int Quantity, Money UnitPrice,
    bool Available, long Grams)
{
    public static OrderableLine Of(Line line, StoreCurrency currency) => new(
        line.Variant.Sku, line.Variant.Title, line.Variant.VariantTitle, line.Variant.Product, line.Variant.Image,
        line.Quantity, currency.Of(line.Variant.Price), line.Variant.Available, line.Variant.Grams);
}
