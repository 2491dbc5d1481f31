using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory.Reservations;

/// <summary>
/// Puts pieces of an order back on the shelf, once for each key; never more than were sold to it. Repeated, it answers
/// the same and adds nothing.
/// </summary>
static class RestockOrder
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/restocks/{key}", HandleAsync)
        .WithName("RestockOrder")
        .ProducesProblem(409)
        .ProducesProblem(422)
        .AllowCallers("ordering");

    static async Task<Results<Ok<RestockView>, Refusal>> HandleAsync(
        string key, RestockRequest body, HttpContext context, ReservationStore store, TimeProvider clock,
        CancellationToken cancellation)
    {
        key = Sku.FromRoute(key);
        if (!Sku.IsValid(key) || !Sku.IsValid(body.OrderId)) return ReservationRefusals.NameInvalid;
        if (!Pieces.AreLines(body.Lines)) return ReservationRefusals.LinesInvalid;

        var restock = new Restock(key, body.OrderId!, body.Lines!);
        var change = new Change("restock", $"Order {restock.OrderId}, {key}", context.Caller()!, clock.GetUtcNow());
        var refusal = await store.RestockAsync(restock, change, cancellation);
        return refusal is not null ? refusal : TypedResults.Ok(new RestockView(key, restock.OrderId));
    }
}

/// <summary>What came back of which order.</summary>
sealed record RestockRequest(string? OrderId, IReadOnlyList<Pieces>? Lines);

/// <summary>The restock that has been done.</summary>
sealed record RestockView(string Key, string OrderId);

/// <summary>Pieces that come back, under a key of their own.</summary>
sealed record Restock(string Key, string OrderId, IReadOnlyList<Pieces> Lines)
{
    public bool IsSameAs(string orderId, IEnumerable<Pieces> lines) => OrderId == orderId && Lines.ToHashSet().SetEquals(lines);
}
