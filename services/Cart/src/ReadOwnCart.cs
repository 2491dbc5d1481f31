using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>The cart of whoever has signed in; asked for the first time it is made, and empty. Everybody has one.</summary>
static class ReadOwnCart
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/cart/carts/mine", HandleAsync)
        .WithName("ReadOwnCart")
        .AllowCustomers();

    static async Task<Ok<CartView>> HandleAsync(
        CartStore store, IIdSource ids, TimeProvider clock, StoreCurrency currency, HttpContext context, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var cart = await store.OwnAsync(Cart.New(ids.NewId(), now, context.Customer()!.Subject), now, cancellation);
        return CartView.Answer(context.Response, cart, currency);
    }
}
