using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>Takes a SKU out of a cart. Repeated, or for a SKU that is not in it, it answers the cart as it is.</summary>
static class RemoveLine
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapDelete("/api/cart/carts/{id}/lines/{sku}", HandleAsync)
        .WithName("RemoveLine")
        .ProducesProblem(404)
        .ProducesProblem(412)
        .AddOpenApiOperationTransformer(IfMatch.Describe)
        .AllowPublic();

    static async Task<Results<Ok<CartView>, Refusal>> HandleAsync(
        string id, string sku, CartStore store, TimeProvider clock, StoreCurrency currency, HttpContext context,
        CancellationToken cancellation)
    {
        if (!IfMatch.TryRead(context.Request, out var wanted)) return CartRefusals.IfMatchInvalid;

        var now = clock.GetUtcNow();
        sku = Sku.FromRoute(sku);
        var (cart, refusal) = await store.ChangeAsync(id, context.Customer()?.Subject, sku, now, (cart, _) =>
            wanted.Allows(cart.Version) ? cart.Remove(sku, now) : CartRefusals.VersionStale, cancellation);
        return refusal is not null ? refusal : CartView.Answer(context.Response, cart!, currency);
    }
}
