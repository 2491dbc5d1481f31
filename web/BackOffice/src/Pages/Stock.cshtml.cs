namespace Souk.BackOffice.Pages;

/// <summary>What is on hand, what of it is promised, and what is left to sell.</summary>
public sealed class StockModel(IInventory inventory) : StaffPage
{
    /// <summary>Of which less is left to sell, somebody should order.</summary>
    public const int LowBelow = 5;

    public string? Query { get; private set; }

    public int? Below { get; private set; }

    public Part<Answer<StockList>> Stock { get; private set; }

    public async Task OnGetAsync(string? query, string? below, string? after)
    {
        (Query, Below) = (query?.Trim(), (int?)Math.Min(Number(below) ?? -1, int.MaxValue) is >= 0 and var given ? given : null);
        Stock = await AskAsync("stock", stop => inventory.ListAsync(Query, Below, after, stop));
        if (!Stock.Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
    }
}
