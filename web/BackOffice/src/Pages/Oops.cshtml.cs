using System.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace Souk.BackOffice.Pages;

/// <summary>What is shown where there is no page, where somebody may not see it, or where something broke.</summary>
[IgnoreAntiforgeryToken]
public sealed class OopsModel : StaffPage
{
    public int Status { get; private set; }

    /// <summary>Of staff, but signed in with a password alone.</summary>
    public bool NeedsFactor => Status == 403 && HttpContext.Customer() is { HasSecondFactor: false } user && user.Roles.Contains(StoreUser.StaffRole);

    bool IsNotStaff => Status == 403 && HttpContext.Customer() is { IsStaff: false };

    public string? Code => Status < 500 ? null : Activity.Current?.TraceId.ToHexString() ?? HttpContext.TraceIdentifier;

    public string Title => Status switch
    {
        _ when NeedsFactor => "A second factor is needed",
        _ when IsNotStaff => "This is for the store’s staff",
        404 => "There is nothing here",
        413 => "That is too large",
        < 500 => "That form could not be taken",
        _ => "Something broke",
    };

    public string Words => Status switch
    {
        _ when NeedsFactor => "Set up a passkey or an authenticator app for your account. Then sign out here, and sign in again with it.",
        _ when IsNotStaff => "Your account is not one of staff. Who works here may ask a colleague for the role.",
        404 => "What you look for may have another address, or is gone.",
        413 => "Pages take files of up to 10 MB. Larger ones are imported by whoever runs the store: souk import FILE.csv.",
        < 500 => "It may have been open for too long. Please go back, load the page again and send it once more.",
        _ => "It has been noted. What you sent may or may not have been done: please look before you send it again.",
    };

    public void OnGet(int status) => Show(status);

    public void OnPost(int status) => Show(status);

    void Show(int status) => Response.StatusCode = Status = status is >= 400 and < 600 ? status : 404;
}
