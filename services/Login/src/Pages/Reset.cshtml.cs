using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>A new password by a mail's link: once, within ten minutes, for the account that it was sent to.</summary>
public sealed class ResetModel(Credentials credentials) : AccountPage
{
    const string Void = "This link is used up or too old. Let us send you a new one.";

    [BindProperty(SupportsGet = true)]
    public string? Token { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public bool IsGood { get; private set; }

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() ? Page() : Again(Void);

    public async Task<IActionResult> OnPostAsync()
    {
        if (!await ReadAsync()) return Again(Void);
        if (Passwords.Refuse(Password, null) is { } wrong) return Again(wrong);
        if (await credentials.ResetAsync(Token, Password!, HttpContext.RequestAborted)) return SeeOther("/account/signin?said=reset");
        IsGood = false;
        return Again(Void);
    }

    async Task<bool> ReadAsync() => IsGood = await credentials.ReadResetAsync(Token, HttpContext.RequestAborted) is not null;
}
