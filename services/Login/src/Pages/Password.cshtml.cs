using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>A new password for who knows the present one; every session ends, and this browser begins a new one.</summary>
public sealed class PasswordModel(UserManager<Account> accounts, Credentials credentials, SignIns signIns) : SignedInPage(accounts)
{
    [BindProperty]
    public string? Present { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Passwords.Refuse(Password, Account.Email) is { } wrong) return Again(wrong);
        switch (await signIns.ProveAsync(HttpContext, Account, Present))
        {
            case { End: SignInEnd.TooMany, Wait: var wait }: return TooMany(wait);
            case { End: SignInEnd.Wrong }: return Again("That is not your present password.");
        }
        var methods = Browser!.Methods;
        await credentials.ChangePasswordAsync(Account, Password!, HttpContext.RequestAborted);
        await signIns.FinishAsync(HttpContext, Account, methods);
        return SeeOther("/account?said=password");
    }
}
