using Microsoft.AspNetCore.Mvc;

namespace Souk.BackOffice.Pages;

/// <summary>One SKU: its figures, who changed them, and the two ways to change them. A form sent twice changes them once.</summary>
public sealed class StockItemModel(IInventory inventory) : StaffPage
{
    /// <summary>How many changes Inventory gives at once.</summary>
    public const int AuditPage = 100;

    public string Sku { get; private set; } = "";

    public Part<Answer<Stock>> Stock { get; private set; }

    public Part<Answer<StockAudit>> Audit { get; private set; }

    public Task<IActionResult> OnGetAsync(string? sku, string? before) => ShowAsync(sku, Number(before));

    public async Task<IActionResult> OnPostReceiveAsync(string? sku, string? quantity, string? reason)
    {
        if (string.IsNullOrEmpty(sku) || Number(quantity) is not { } count) return await RefusedAsync(sku, "form.number");
        var part = await ChangeAsync("receipt", stop => inventory.ReceiveAsync(sku, new Receipt(count, reason ?? ""), Key, stop));
        return IsDone(part, out _) ? SeeOther(Text.StockAt(sku), "received") : await ShowAsync(sku);
    }

    public async Task<IActionResult> OnPostCorrectAsync(string? sku, string? onHand, string? reason)
    {
        if (string.IsNullOrEmpty(sku) || Number(onHand) is not { } count) return await RefusedAsync(sku, "form.number");
        var part = await ChangeAsync("correction", stop => inventory.CorrectAsync(sku, new Correction(count, reason ?? ""), Key, stop));
        return IsDone(part, out _) ? SeeOther(Text.StockAt(sku), "corrected") : await ShowAsync(sku);
    }

    Task<IActionResult> RefusedAsync(string? sku, string code)
    {
        Refuse(code);
        return ShowAsync(sku);
    }

    async Task<IActionResult> ShowAsync(string? sku, long? before = null)
    {
        if (string.IsNullOrEmpty(sku)) return NotFound();
        Sku = sku;
        var stock = AskAsync("stock", stop => inventory.StockAsync(sku, stop));
        var audit = AskAsync("audit", stop => inventory.AuditAsync(sku, before, stop));
        (Stock, Audit) = (await stock, await audit);
        if (!Stock.Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { Status: StatusCodes.Status404NotFound }) return NotFound();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
        return Page();
    }
}
