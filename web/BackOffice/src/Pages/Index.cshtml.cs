namespace Souk.BackOffice.Pages;

/// <summary>What waits for somebody: orders that need attention, stock that runs out, and what came in last.</summary>
public sealed class IndexModel(IOrdering ordering, IInventory inventory) : StaffPage
{
    public Part<Answer<AttentionList>> Attention { get; private set; }

    public Part<Answer<StockList>> Low { get; private set; }

    public Part<Answer<OrderList>> Newest { get; private set; }

    public async Task OnGetAsync()
    {
        var attention = AskAsync("attention", ordering.AttentionAsync);
        var low = AskAsync("low stock", stop => inventory.ListAsync(null, StockModel.LowBelow, null, stop));
        var newest = AskAsync("orders", stop => ordering.ListAsync(new OrderQuery(), stop));
        (Attention, Low, Newest) = (await attention, await low, await newest);
    }
}
