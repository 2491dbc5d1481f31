using System.Globalization;

namespace Souk.BackOffice.Pages;

/// <summary>Orders, the newest first: all, or those of a state, an address, a time.</summary>
public sealed class OrdersModel(IOrdering ordering) : StaffPage
{
    public OrderQuery Asked { get; private set; } = new();

    public Part<Answer<OrderList>> Orders { get; private set; }

    public async Task OnGetAsync(string? state, string? email, string? since, string? after)
    {
        var day = DateOnly.TryParseExact(since, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed) ? parsed : (DateOnly?)null;
        Asked = new OrderQuery(state, email?.Trim(), Since: day);
        Orders = await AskAsync("orders", stop => ordering.ListAsync(Asked with { After = after }, stop));
        if (!Orders.Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
    }
}
