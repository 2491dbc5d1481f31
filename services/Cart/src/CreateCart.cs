using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>
/// Makes an empty cart. Repeated, it makes another: an empty cart that nobody uses harms nobody and expires, so no
/// idempotency key is asked for.
/// </summary>
static class CreateCart
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/cart/carts", HandleAsync)
        .WithName("CreateCart")
        .AllowPublic();

    static async Task<Created<CartView>> HandleAsync(
        CartStore store, IIdSource ids, TimeProvider clock, StoreCurrency currency, HttpResponse response,
        CancellationToken cancellation)
    {
        var cart = Cart.New(ids.NewId(), clock.GetUtcNow());
        await store.AddAsync(cart, cancellation);
        CartView.Describe(response, cart);
        return TypedResults.Created("/api/cart/carts/" + cart.Id, CartView.Of(cart, currency));
    }
}
