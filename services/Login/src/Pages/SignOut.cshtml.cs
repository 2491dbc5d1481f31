using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Souk.Login.Sessions;

namespace Souk.Login.Pages;

/// <summary>Signs out of this browser and of all that was signed in from it; or everywhere. Twice is as good as once.</summary>
public sealed class SignOutModel(Endings endings) : AccountPage
{
    [BindProperty]
    public bool Everywhere { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Everywhere && Browser is { } browser) await endings.AllAsync(browser.Subject, HttpContext.RequestAborted);
        await HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
        return SeeOther("/account/signedout");
    }
}
