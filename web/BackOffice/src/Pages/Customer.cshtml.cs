using Microsoft.AspNetCore.Mvc;

namespace Souk.BackOffice.Pages;

/// <summary>An account and its orders. Disabled or enabled twice it is the same, so it needs no key.</summary>
public sealed class CustomerModel(IAccounts accounts, IOrdering ordering) : StaffPage
{
    public string Subject { get; private set; } = "";

    public Part<Answer<Account>> Account { get; private set; }

    public Part<Answer<OrderList>> Orders { get; private set; }

    public Task<IActionResult> OnGetAsync(string subject, string? after) => ShowAsync(subject, after);

    public Task<IActionResult> OnPostDisableAsync(string subject) => SetAsync(subject, true);

    public Task<IActionResult> OnPostEnableAsync(string subject) => SetAsync(subject, false);

    async Task<IActionResult> SetAsync(string subject, bool disabled)
    {
        var part = await ChangeAsync("account", stop => accounts.DisableAsync(subject, disabled, stop));
        return IsDone(part, out _) ? SeeOther(Text.CustomerAt(subject), disabled ? "disabled" : "enabled") : await ShowAsync(subject);
    }

    async Task<IActionResult> ShowAsync(string subject, string? after = null)
    {
        Subject = subject;
        var account = AskAsync("account", stop => accounts.AccountAsync(subject, stop));
        var orders = AskAsync("orders", stop => ordering.ListAsync(new OrderQuery(Customer: subject, After: after), stop));
        (Account, Orders) = (await account, await orders);
        if (!Account.Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { Status: StatusCodes.Status404NotFound }) return NotFound();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
        return Page();
    }
}
