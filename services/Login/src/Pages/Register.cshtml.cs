using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>Registers. Whether the address has an account is told in a mail to it, and to nobody else.</summary>
public sealed class RegisterModel(Credentials credentials, Throttle throttle) : AccountPage
{
    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (EmailAddress.Read(Email) is not { } email) return Again("That is no e-mail address. It looks like name@example.com.");
        if (Passwords.Refuse(Password, email) is { } wrong) return Again(wrong);
        Budget[] budgets = [Throttle.OfMails(email.ToUpperInvariant()), Throttle.OfAddress(HttpContext.Connection.RemoteIpAddress)];
        if (await throttle.TakeAsync(budgets, HttpContext.RequestAborted) is { } wait) return TooMany(wait);
        await credentials.RegisterAsync(email, Password!, HttpContext.RequestAborted);
        return SeeOther("/account/sent");
    }
}
