using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory;

/// <summary>The figures behind a SKU's availability, and who changed them why: for the store's own people.</summary>
static class ReadStock
{
    const int AuditPage = 100;
    public const int ListMax = 500;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/stock/{sku}", HandleAsync)
            .WithName("ReadStock")
            .ProducesProblem(404)
            .AllowCallers("souk");
        app.MapGet("/internal/stock/{sku}/audit", AuditAsync)
            .WithName("ReadStockAudit")
            .ProducesProblem(404)
            .AllowCallers("souk");
        app.MapGet("/api/inventory/staff/stock", ListAsync)
            .WithName("ListStockForStaff")
            .AllowStaff("stock:read", supportToo: true);
        app.MapGet("/api/inventory/staff/stock/{sku}", HandleAsync)
            .WithName("ReadStockForStaff")
            .ProducesProblem(404)
            .AllowStaff("stock:read", supportToo: true);
        app.MapGet("/api/inventory/staff/stock/{sku}/audit", AuditAsync)
            .WithName("ReadStockAuditForStaff")
            .ProducesProblem(404)
            .AllowStaff("stock:read", supportToo: true);
    }

    /// <summary>All figures in pages, by SKU; with <c>below</c> only those of which less can be sold.</summary>
    static async Task<Results<Ok<StockPage>, Refusal>> ListAsync(
        StockStore store, CancellationToken cancellation, string? query = null, long? below = null, string? after = null, int limit = 100)
    {
        if (limit is < 1 or > ListMax) return StockRefusals.ListInvalid;
        var items = await store.ListAsync(query ?? "", below ?? long.MaxValue, after ?? "", limit, cancellation);
        return TypedResults.Ok(new StockPage([.. items.Select(StockView.Of)], items.Count == limit ? items[^1].Sku : null));
    }

    static async Task<Results<Ok<StockView>, Refusal>> HandleAsync(string sku, StockStore store, CancellationToken cancellation) =>
        await FindAsync(sku, store, cancellation) is { } stock ? TypedResults.Ok(StockView.Of(stock)) : StockRefusals.SkuUnknown;

    /// <summary>The newest changes first; those before a version with <c>?before=</c>.</summary>
    static async Task<Results<Ok<AuditView>, Refusal>> AuditAsync(
        string sku, long? before, StockStore store, CancellationToken cancellation)
    {
        if (await FindAsync(sku, store, cancellation) is not { } stock) return StockRefusals.SkuUnknown;
        return TypedResults.Ok(new AuditView(await store.AuditAsync(stock.Sku, before ?? long.MaxValue, AuditPage, cancellation)));
    }

    static async Task<Stock?> FindAsync(string segment, StockStore store, CancellationToken cancellation)
    {
        var sku = Sku.FromRoute(segment);
        return Sku.IsValid(sku) ? (await store.ReadAsync([sku], cancellation)).GetValueOrDefault(sku) : null;
    }
}

/// <summary>A SKU's figures.</summary>
sealed record StockView(string Sku, long OnHand, long Reserved, long Version)
{
    public static StockView Of(Stock stock) => new(stock.Sku, stock.OnHand, stock.Reserved, stock.Version);
}

/// <summary>A page of figures.</summary>
/// <param name="Items">By SKU.</param>
/// <param name="Next">The <c>after</c> of the next page; null: this is the last.</param>
sealed record StockPage(IReadOnlyList<StockView> Items, string? Next);

/// <summary>Changes of what is on hand, the newest first.</summary>
sealed record AuditView(IReadOnlyList<AuditEntry> Items);

/// <summary>Who changed what is on hand, and why.</summary>
/// <param name="Version">The stock's version after it.</param>
/// <param name="Kind"><c>opening</c>, <c>receipt</c>, <c>correction</c>, <c>sale</c> or <c>restock</c>.</param>
/// <param name="OnHandBefore">What was on hand.</param>
/// <param name="OnHandAfter">What was on hand then.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">The subject of whoever asked for it, or the service that did by itself.</param>
/// <param name="At">When.</param>
sealed record AuditEntry(
    long Version, string Kind, long OnHandBefore, long OnHandAfter, string Reason, string By, DateTimeOffset At);
