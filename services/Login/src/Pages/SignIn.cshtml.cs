using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>Signs in with a password, or with a passkey. A wrong one of either is told in the same words, whoever exists.</summary>
public sealed class SignInModel(SignIns signIns, SignInManager<Account> identity, Credentials credentials) : AccountPage
{
    [BindProperty]
    public string? Email { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    /// <summary>What a passkey answered, as JSON.</summary>
    [BindProperty]
    public string? Credential { get; set; }

    [BindProperty(SupportsGet = true)]
    public bool Staff { get; set; }

    public IActionResult OnGet()
    {
        if (Browser is not null && SafeReturn is null) return SeeOther("/account");
        LeadOn(SafeReturn);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        LeadOn(SafeReturn);
        if (Accounts.EmailAddress.Read(Email) is not { } email || string.IsNullOrEmpty(Password)) return Again("Give your e-mail address and your password.");
        var answer = await signIns.WithPasswordAsync(HttpContext, email, Password);
        switch (answer.End)
        {
            case SignInEnd.Done:
                return On();
            case SignInEnd.NeedsCode:
                return SeeOther("/account/signin/code" + ReturnQuery);
            case SignInEnd.TooMany:
                return TooMany(answer.Wait);
            case SignInEnd.Unconfirmed:
                await credentials.ConfirmAgainAsync(answer.Account!, HttpContext.RequestAborted);
                return Again("Your address is not confirmed yet. We have just sent you another mail: follow the link in it.");
            default:
                return Again("That address and that password do not belong together. Please try again.");
        }
    }

    /// <summary>What a passkey is asked to sign.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        new ContentResult { Content = await identity.MakePasskeyRequestOptionsAsync(null), ContentType = "application/json" };

    public async Task<IActionResult> OnPostPasskeyAsync()
    {
        LeadOn(SafeReturn);
        if (Credential is not { Length: > 0 and <= 20_000 }) return Again("Your passkey did not answer. Please try again.");
        var answer = await signIns.WithPasskeyAsync(HttpContext, Credential);
        return answer.End == SignInEnd.Done ? On() : Again("That passkey is not known here. Sign in with your password, or with another passkey.");
    }
}
