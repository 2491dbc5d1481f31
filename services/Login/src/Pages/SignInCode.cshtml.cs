using Microsoft.AspNetCore.Mvc;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>The second step for who has an authenticator: a code of it, or a recovery code, each good once.</summary>
public sealed class SignInCodeModel(SignIns signIns) : AccountPage
{
    [BindProperty]
    public string? Code { get; set; }

    public async Task<IActionResult> OnGetAsync()
    {
        if (await signIns.HalfAsync() is null) return SeeOther("/account/signin" + ReturnQuery);
        LeadOn(SafeReturn);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        LeadOn(SafeReturn);
        if (string.IsNullOrWhiteSpace(Code) || Code.Length > 100) return Again("Give the code that your app shows.");
        var answer = await signIns.WithCodeAsync(HttpContext, Code);
        return answer.End switch
        {
            SignInEnd.Done => On(),
            SignInEnd.TooMany => TooMany(answer.Wait),
            _ => Again("That code is not right, or was used already. Wait for the next one and try again."),
        };
    }
}
