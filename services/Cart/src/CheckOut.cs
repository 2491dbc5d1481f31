using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>
/// Takes what was ordered out of its cart, once for each order; what the shopper has put in or changed since stays.
/// Repeated, it takes nothing more; a cart that is gone has nothing to take.
/// </summary>
static class CheckOut
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/checkouts/{orderId}", HandleAsync)
        .WithName("CheckOut")
        .ProducesProblem(422)
        .AllowCallers("ordering");

    static async Task<Results<Ok<CheckoutView>, Refusal>> HandleAsync(
        string orderId, CheckoutRequest body, CartStore store, TimeProvider clock, CancellationToken cancellation)
    {
        if (!Cart.IsId(orderId) || body is not { CartId: { } cartId, CartVersion: { } version and > 0 } || !Cart.IsId(cartId)
            || !Ordered.AreLines(body.Lines))
        {
            return CartRefusals.CheckoutInvalid;
        }
        var checkout = new Checkout(orderId, cartId, version, body.Lines!);
        return await store.CheckOutAsync(checkout, clock.GetUtcNow(), cancellation)
            ? TypedResults.Ok(new CheckoutView(orderId, cartId, version))
            : CartRefusals.CheckoutChanged;
    }
}

/// <summary>What was ordered, from which version of which cart.</summary>
sealed record CheckoutRequest(string? CartId, long? CartVersion, IReadOnlyList<Ordered>? Lines);

/// <summary>The checkout that is done.</summary>
sealed record CheckoutView(string OrderId, string CartId, long CartVersion);

/// <summary>An order's lines, to be taken out of its cart.</summary>
sealed record Checkout(string OrderId, string CartId, long CartVersion, IReadOnlyList<Ordered> Lines);

/// <summary>So many of a SKU were ordered.</summary>
sealed record Ordered(string Sku, int Quantity)
{
    public static bool AreLines(IReadOnlyList<Ordered?>? lines) =>
        lines is { Count: > 0 and <= Cart.LinesMax }
        && lines.All(line => line is { Sku.Length: > 0 } && Cart.IsQuantity(line.Quantity))
        && lines.DistinctBy(line => line!.Sku).Count() == lines.Count;
}

/// <summary>What a checkout took of a line, and what it left; kept with it.</summary>
sealed record Removed(string Sku, int Quantity, int Left);
