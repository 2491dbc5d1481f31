using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>The orders of whoever has signed in, the newest first. Nobody else's, and none of a guest's.</summary>
public sealed class OrdersModel(IOrdering ordering, Parts parts, Budgets budgets) : ShopPage
{
    const int CursorMax = 200;

    /// <summary>Null: Ordering does not answer.</summary>
    public OrderPage? Orders { get; private set; }

    public bool IsFirst { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? after)
    {
        Get<PagePolicy>().IsPersonal = true;
        if (!HasSignedIn) return SeeOther("/signin?returnUrl=%2Forders");
        var cursor = after is { Length: > 0 and <= CursorMax } ? after : null;
        IsFirst = cursor is null;
        var part = await parts.FetchAsync("orders", budgets.Order, cancellation => ordering.OrdersAsync(cursor, cancellation), HttpContext.RequestAborted);
        if (!part.Has(out var answer)) SayUnavailable();
        // A cursor that is none: the first page is what was meant.
        else if (answer.Value is null && cursor is not null) return SeeOther("/orders");
        Orders = answer?.Value;
        if (Orders is null) SayUnavailable();
        return Page();
    }
}
