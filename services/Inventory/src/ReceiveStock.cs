using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory;

/// <summary>Adds pieces that have come in. Repeated under its Idempotency-Key it adds them once and answers the same.</summary>
static class ReceiveStock
{
    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/internal/stock/{sku}/receipts", "ReceiveStock").AllowCallers("souk");
        Map(app, "/api/inventory/staff/stock/{sku}/receipts", "ReceiveStockForStaff").AllowStaff("stock:write");
    }

    static RouteHandlerBuilder Map(IEndpointRouteBuilder app, string address, string name) => app.MapPost(address, HandleAsync)
        .WithName(name)
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422);

    static async Task<Results<Ok<StockView>, Refusal>> HandleAsync(
        string sku, ReceiptRequest body, HttpContext context, StockStore store, TimeProvider clock, CancellationToken cancellation)
    {
        sku = Sku.FromRoute(sku);
        if (body.Quantity is not (> 0 and <= Stock.OnHandMax and { } quantity)) return StockRefusals.QuantityInvalid;
        if (!Reason.IsValid(body.Reason)) return StockRefusals.ReasonInvalid;
        if (!IdempotencyKey.TryRead(context, $"receipt\n{sku}\n{quantity}\n{body.Reason}", out var key)) return StockRefusals.KeyInvalid;

        var change = new Change("receipt", body.Reason!, IdempotencyKey.By(context), clock.GetUtcNow());
        var (stock, refusal) = await store.ChangeOnceAsync(key, sku, change, stock => stock.Receive(quantity), cancellation);
        return refusal is not null ? refusal : TypedResults.Ok(StockView.Of(stock!));
    }
}

/// <summary>How many came in, and with what (a delivery note's number).</summary>
sealed record ReceiptRequest(long? Quantity, string? Reason);

/// <summary>Why a figure was changed.</summary>
static class Reason
{
    const int LengthMax = 500;

    public static bool IsValid(string? reason) =>
        !string.IsNullOrWhiteSpace(reason) && reason.Length <= LengthMax && !reason.Any(char.IsControl);
}
