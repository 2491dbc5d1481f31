using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;
using Souk.Login.Sessions;

namespace Souk.Login.Pages;

/// <summary>One's own account: what it is opened with, and where it is open.</summary>
public sealed class IndexModel(UserManager<Account> accounts, SessionStore sessions, Endings endings, LoginSettings settings) : SignedInPage(accounts)
{
    public IReadOnlyList<LoginSession> Sessions { get; private set; } = [];

    public string NameOf(string client) => client switch
    {
        Connect.Clients.Storefront => "the shop",
        Connect.Clients.BackOffice => "the back office",
        _ => settings.Clients.GetValueOrDefault(client)?.Name ?? client,
    };

    public async Task OnGetAsync() => Sessions = await sessions.OfAsync(Account.Id, HttpContext.RequestAborted);

    public async Task<IActionResult> OnPostEndAsync(string id)
    {
        await endings.OneAsync(Account.Id, id, HttpContext.RequestAborted);
        return SeeOther("/account?said=ended");
    }
}
