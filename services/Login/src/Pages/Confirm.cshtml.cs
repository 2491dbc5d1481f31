using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;
using Souk.Login.Mails;

namespace Souk.Login.Pages;

/// <summary>
/// Confirms an address, once. Looking at the page changes nothing: programs look at the links in mails before people do.
/// </summary>
public sealed class ConfirmModel(Credentials credentials, SignIns signIns, Throttle throttle) : AccountPage
{
    const string Void = "This link is used up or too old. Sign in, and we send you another if one is needed.";

    [BindProperty(SupportsGet = true)]
    public string? Token { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public bool IsGood { get; private set; }

    public bool NeedsPassword { get; private set; }

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() is null ? Again(Void) : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        if (await ReadAsync() is not var (mail, account)) return Again(Void);
        Budget[] budgets = [Throttle.OfSecondFactor("confirm " + mail.Id)];
        if (NeedsPassword && await throttle.TakeAsync(budgets, HttpContext.RequestAborted) is { } wait) return TooMany(wait);
        if (!await credentials.ConfirmAsync(mail, account, Password ?? "", HttpContext.RequestAborted))
        {
            return Again(NeedsPassword ? "That is not the password that was chosen for this address." : Void);
        }
        if (mail.Kind == MailKind.Email) return SeeOther(Browser is null ? "/account/signin?said=email" : "/account?said=email");
        // Address and password are proved: that is a sign-in.
        if (!account.TwoFactorEnabled) await signIns.FinishAsync(HttpContext, account, ["pwd"]);
        return SeeOther("/account?said=confirmed");
    }

    async Task<(AccountMail Mail, Account Account)?> ReadAsync()
    {
        var found = await credentials.ReadConfirmAsync(Token, HttpContext.RequestAborted);
        IsGood = found is not null;
        NeedsPassword = found?.Mail.Kind == MailKind.Confirm;
        return found;
    }
}
