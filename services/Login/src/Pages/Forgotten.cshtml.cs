using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>Sends a link to choose a new password, if there is such an account; the answer is the same if there is none.</summary>
public sealed class ForgottenModel(Credentials credentials, Throttle throttle) : AccountPage
{
    [BindProperty]
    public string? Email { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (EmailAddress.Read(Email) is not { } email) return Again("That is no e-mail address. It looks like name@example.com.");
        Budget[] budgets = [Throttle.OfMails(email.ToUpperInvariant()), Throttle.OfAddress(HttpContext.Connection.RemoteIpAddress)];
        if (await throttle.TakeAsync(budgets, HttpContext.RequestAborted) is { } wait) return TooMany(wait);
        await credentials.ForgottenAsync(email, HttpContext.RequestAborted);
        return SeeOther("/account/sent");
    }
}
