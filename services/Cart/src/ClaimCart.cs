using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>
/// Merges a guest's cart into that of whoever has signed in; the guest's is gone then. Repeated, it answers the own cart as
/// it is. An id that is not there, or is somebody else's, gets one and the same answer.
/// </summary>
static class ClaimCart
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/cart/carts/{id}/claim", HandleAsync)
        .WithName("ClaimCart")
        .ProducesProblem(404)
        .AllowCustomers();

    static async Task<Results<Ok<CartView>, Refusal>> HandleAsync(
        string id, CartStore store, IIdSource ids, TimeProvider clock, StoreCurrency currency, HttpContext context,
        CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var (cart, refusal) = await store.ClaimAsync(id, Cart.New(ids.NewId(), now, context.Customer()!.Subject), now, cancellation);
        return refusal is not null ? refusal : CartView.Answer(context.Response, cart!, currency);
    }
}
