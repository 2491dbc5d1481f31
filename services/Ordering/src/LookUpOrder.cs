using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Ordering;

/// <summary>
/// Finds a guest's order by what a customer has of it, or the caller's own. A wrong number, a wrong address and another's
/// order get the same answer.
/// </summary>
static class LookUpOrder
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/ordering/lookups", HandleAsync)
        .WithName("LookUpOrder")
        .ProducesProblem(404)
        .AllowPublic();

    static async Task<Results<Ok<OrderId>, Refusal>> HandleAsync(
        LookupRequest body, HttpContext context, Database database, CancellationToken cancellation)
    {
        var number = new string([.. (body.Number ?? "").Where(char.IsAsciiLetterOrDigit).Take(20)]).ToUpperInvariant();
        var order = await database.ReadAsync(session => OrderStore.FindByNumberAsync(session, number), cancellation);
        return order is not null && order.IsFor(context.StoreUser())
            && string.Equals(order.Agreed.Email, body.Email?.Trim(), StringComparison.OrdinalIgnoreCase)
            ? TypedResults.Ok(new OrderId(order.Id)) : OrderRefusals.OrderUnknown;
    }
}

/// <summary>The number on a mail or parcel, and the address that the order was made with.</summary>
sealed record LookupRequest(string? Number, string? Email);

/// <summary>The key to an order.</summary>
sealed record OrderId(string Id);
