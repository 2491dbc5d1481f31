using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory;

/// <summary>
/// Sets what is on hand to what was counted; never below what is promised. Repeated under its Idempotency-Key it
/// answers the same and does not undo what has happened since.
/// </summary>
static class CorrectStock
{
    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/internal/stock/{sku}/corrections", "CorrectStock").AllowCallers("souk");
        Map(app, "/api/inventory/staff/stock/{sku}/corrections", "CorrectStockForStaff").AllowStaff("stock:write");
    }

    static RouteHandlerBuilder Map(IEndpointRouteBuilder app, string address, string name) => app.MapPost(address, HandleAsync)
        .WithName(name)
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422);

    static async Task<Results<Ok<StockView>, Refusal>> HandleAsync(
        string sku, CorrectionRequest body, HttpContext context, StockStore store, TimeProvider clock, CancellationToken cancellation)
    {
        sku = Sku.FromRoute(sku);
        if (body.OnHand is not (>= 0 and <= Stock.OnHandMax and { } onHand)) return StockRefusals.OnHandInvalid;
        if (!Reason.IsValid(body.Reason)) return StockRefusals.ReasonInvalid;
        if (!IdempotencyKey.TryRead(context, $"correction\n{sku}\n{onHand}\n{body.Reason}", out var key)) return StockRefusals.KeyInvalid;

        var change = new Change("correction", body.Reason!, IdempotencyKey.By(context), clock.GetUtcNow());
        var (stock, refusal) = await store.ChangeOnceAsync(key, sku, change, stock => stock.Correct(onHand), cancellation);
        return refusal is not null ? refusal : TypedResults.Ok(StockView.Of(stock!));
    }
}

/// <summary>What was counted, and why it was.</summary>
sealed record CorrectionRequest(long? OnHand, string? Reason);
