using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>A new address, once its owner has followed the link sent to it. Whether it is somebody's already is told only there.</summary>
public sealed class EmailModel(UserManager<Account> accounts, Credentials credentials, SignIns signIns, Throttle throttle) : SignedInPage(accounts)
{
    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Present { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (EmailAddress.Read(Email) is not { } email) return Again("That is no e-mail address. It looks like name@example.com.");
        switch (await signIns.ProveAsync(HttpContext, Account, Present))
        {
            case { End: SignInEnd.TooMany, Wait: var wait }: return TooMany(wait);
            case { End: SignInEnd.Wrong }: return Again("That is not your password.");
        }
        if (await throttle.TakeAsync([Throttle.OfMails(email.ToUpperInvariant())], HttpContext.RequestAborted) is { } pause) return TooMany(pause);
        await credentials.ChangeEmailAsync(Account, email, HttpContext.RequestAborted);
        return SeeOther("/account?said=email-sent");
    }
}
