using Microsoft.AspNetCore.Mvc;

namespace Souk.BackOffice.Pages;

/// <summary>One order with all that is known of it. What staff does is done by Ordering, which keeps who did it and why.</summary>
public sealed class OrderModel(IOrdering ordering) : StaffPage
{
    /// <summary>Null: Ordering does not answer.</summary>
    public StaffOrder? Found { get; private set; }

    public Task<IActionResult> OnGetAsync(string id) => ShowAsync(id);

    /// <summary>Gives money back; the key is the form's, so pressed twice it is one refund.</summary>
    public async Task<IActionResult> OnPostRefundAsync(string id, string? what, string? amount, bool shipping, string? reason)
    {
        // The currency and the lines are the order's; a form could say anything.
        if (!(await AskAsync("order", stop => ordering.OrderAsync(id, stop))).Has(out var answer)) return await ShowAsync(id);
        if (answer.Value?.Order is not { } order) return await ShowAsync(id);
        if (Read(order, what, amount, shipping, reason) is not { } request) return await ShowAsync(id);

        var part = await ChangeAsync("refund", stop => ordering.RefundAsync(id, request, Key, stop));
        return IsDone(part, out _) ? SeeOther(Text.OrderAt(id), "refunded") : await ShowAsync(id);
    }

    public async Task<IActionResult> OnPostCancelAsync(string id, string? reason)
    {
        var part = await ChangeAsync("cancel", stop => ordering.CancelAsync(id, reason ?? "", stop));
        return IsDone(part, out _) ? SeeOther(Text.OrderAt(id), "cancelled") : await ShowAsync(id);
    }

    /// <summary>What the form asks for; null, with a notice, where it asks for nothing that can be read.</summary>
    RefundRequest? Read(Order order, string? what, string? amount, bool shipping, string? reason)
    {
        if (string.IsNullOrWhiteSpace(reason)) return No("form.reason");
        if (what == "rest") return new RefundRequest(null, null, null, reason);
        if (what == "amount")
        {
            return Money.Parse(amount, order.Total.Currency) is > 0 and { } minor ? new RefundRequest(null, minor, null, reason) : No("form.number");
        }
        var pieces = new List<Pieces>();
        for (var line = 1; line <= order.Lines.Count; line++)
        {
            var typed = Request.Form[$"pieces-{line}"].ToString();
            if (typed.Length == 0) continue;
            if (Number(typed) is not (<= int.MaxValue and { } count)) return No("form.number");
            if (count > 0) pieces.Add(new Pieces(order.Lines[line - 1].Sku, (int)count));
        }
        return pieces.Count == 0 && !shipping ? No("form.nothing")
            : new RefundRequest(pieces.Count > 0 ? pieces : null, null, shipping ? true : null, reason);

        RefundRequest? No(string code)
        {
            Refuse(code);
            return null;
        }
    }

    async Task<IActionResult> ShowAsync(string id)
    {
        if (!(await AskAsync("order", stop => ordering.OrderAsync(id, stop))).Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { Status: StatusCodes.Status404NotFound or StatusCodes.Status400BadRequest }) return NotFound();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
        else Found = answer.Value;
        return Page();
    }
}
