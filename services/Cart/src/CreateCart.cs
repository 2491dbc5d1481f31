using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>
/// Makes an empty cart. Repeated, it makes another: an empty cart that nobody uses harms nobody and expires, so no
/// idempotency key is asked for. Whoever has signed in has one cart, and gets that.
/// </summary>
static class CreateCart
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/cart/carts", HandleAsync)
        .WithName("CreateCart")
        .AllowPublic();

    static async Task<Created<CartView>> HandleAsync(
        CartStore store, IIdSource ids, TimeProvider clock, StoreCurrency currency, HttpContext context,
        CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var cart = Cart.New(ids.NewId(), now, context.Customer()?.Subject);
        if (cart.Owner is null) await store.AddAsync(cart, cancellation);
        else cart = await store.OwnAsync(cart, now, cancellation);
        CartView.Describe(context.Response, cart);
        return TypedResults.Created("/api/cart/carts/" + cart.Id, CartView.Of(cart, currency));
    }
}
