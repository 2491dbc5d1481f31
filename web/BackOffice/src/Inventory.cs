using System.Globalization;

namespace Souk.BackOffice;

/// <summary>What the back office asks of Inventory.</summary>
public interface IInventory
{
    /// <summary>Figures by SKU; with <paramref name="below"/> only those of which less can be sold.</summary>
    Task<Answer<StockList>> ListAsync(string? query, int? below, string? after, CancellationToken cancellation);

    Task<Answer<Stock>> StockAsync(string sku, CancellationToken cancellation);

    /// <summary>Who changed what is on hand, and why, the newest first.</summary>
    Task<Answer<StockAudit>> AuditAsync(string sku, long? before, CancellationToken cancellation);

    /// <summary>Adds what has come in; the same key adds it once.</summary>
    Task<Answer<Stock>> ReceiveAsync(string sku, Receipt receipt, string key, CancellationToken cancellation);

    /// <summary>Sets what was counted; the same key sets it once.</summary>
    Task<Answer<Stock>> CorrectAsync(string sku, Correction correction, string key, CancellationToken cancellation);
}

public sealed record StockList(IReadOnlyList<Stock> Items, string? Next);

/// <summary>A SKU's figures.</summary>
public sealed record Stock(string Sku, long OnHand, long Reserved)
{
    public long Free => OnHand - Reserved;
}

public sealed record StockAudit(IReadOnlyList<StockChange> Items);

public sealed record StockChange(long Version, string Kind, long OnHandBefore, long OnHandAfter, string Reason, string By, DateTimeOffset At);

public sealed record Receipt(long Quantity, string Reason);

public sealed record Correction(long OnHand, string Reason);

/// <summary>Asks Inventory over HTTP.</summary>
sealed class InventoryClient(HttpClient http) : IInventory
{
    const string Staff = "/api/inventory/staff/stock";

    public Task<Answer<StockList>> ListAsync(string? query, int? below, string? after, CancellationToken cancellation) => Wire.GetAsync(
        http, Wire.Query(Staff, ("query", query), ("below", below?.ToString(CultureInfo.InvariantCulture)), ("after", after), ("limit", "50")),
        Wire.Default.StockList, cancellation);

    public Task<Answer<Stock>> StockAsync(string sku, CancellationToken cancellation) =>
        Wire.GetAsync(http, At(sku), Wire.Default.Stock, cancellation);

    public Task<Answer<StockAudit>> AuditAsync(string sku, long? before, CancellationToken cancellation) => Wire.GetAsync(
        http, Wire.Query(At(sku) + "/audit", ("before", before?.ToString(CultureInfo.InvariantCulture))), Wire.Default.StockAudit, cancellation);

    public Task<Answer<Stock>> ReceiveAsync(string sku, Receipt receipt, string key, CancellationToken cancellation) => Wire.SendAsync(
        http, HttpMethod.Post, At(sku) + "/receipts", JsonContent.Create(receipt, Wire.Default.Receipt), Wire.Default.Stock, cancellation, key);

    public Task<Answer<Stock>> CorrectAsync(string sku, Correction correction, string key, CancellationToken cancellation) => Wire.SendAsync(
        http, HttpMethod.Post, At(sku) + "/corrections", JsonContent.Create(correction, Wire.Default.Correction), Wire.Default.Stock, cancellation, key);

    static string At(string sku) => Staff + "/" + Uri.EscapeDataString(sku);
}
