using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>A cart, priced from Cart's own copy of the catalogue: one query, no call to anyone.</summary>
static class ReadCart
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/cart/carts/{id}", HandleAsync)
        .WithName("ReadCart")
        .ProducesProblem(404)
        .AllowPublic();

    static async Task<Results<Ok<CartView>, Refusal>> HandleAsync(
        string id, CartStore store, TimeProvider clock, StoreCurrency currency, HttpContext context,
        CancellationToken cancellation) =>
        await store.FindAsync(id, context.Customer()?.Subject, clock.GetUtcNow(), cancellation) is { } cart
            ? CartView.Answer(context.Response, cart, currency)
            : CartRefusals.CartUnknown;
}
