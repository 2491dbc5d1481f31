using System.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Login.Pages;

/// <summary>What a shopper reads when a page is not there, or when something broke: kind words, and the code that finds it again.</summary>
[IgnoreAntiforgeryToken]
public sealed class OopsModel : AccountPage
{
    public int Status { get; private set; } = 404;

    /// <summary>The trace id of what went wrong; none for an address that does not exist.</summary>
    public string? Code => Status == 404 ? null : Activity.Current?.TraceId.ToHexString() ?? HttpContext.TraceIdentifier;

    public string Title => Status switch
    {
        404 => "There is nothing here",
        400 or 403 => "We could not take that form",
        _ => "Something broke on our side",
    };

    public string Words => Status switch
    {
        404 => "There is nothing at this address.",
        400 or 403 => "It may have been open for too long. Please go back, load the page again and send it once more.",
        _ => "It has been noted. Please try again in a moment.",
    };

    public void OnGet(int status) => Show(status);

    public void OnPost(int status) => Show(status);

    void Show(int status) => Response.StatusCode = Status = status is >= 400 and < 600 ? status : 404;
}
