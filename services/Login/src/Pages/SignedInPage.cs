using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Souk.Login.Accounts;
using Souk.Login.Sessions;

namespace Souk.Login.Pages;

/// <summary>A page for who is signed in; everybody else signs in first and comes back.</summary>
public abstract class SignedInPage(UserManager<Account> accounts) : AccountPage
{
    /// <summary>Whose page it is.</summary>
    public Account Account { get; private set; } = null!;

    protected UserManager<Account> Accounts => accounts;

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (Browser is { } browser && await accounts.FindByIdAsync(browser.Subject) is { } account)
        {
            Account = account;
            await next();
            return;
        }
        context.Result = new RedirectResult(BrowserSession.SignInPage + "?returnUrl=" + Uri.EscapeDataString(Request.Path + Request.QueryString));
    }
}
