using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Souk.Login.Sessions;

namespace Souk.Login.Pages;

/// <summary>What all of Login's pages have in common: where to go on afterwards, and what is said at the top.</summary>
public abstract class AccountPage : PageModel
{
    /// <summary>Where the shopper came from; nothing but a path of this store is ever followed.</summary>
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    /// <summary>What went wrong, in words for the shopper.</summary>
    public string? Wrong { get; private set; }

    /// <summary>A notice by its key: an address can say nothing else.</summary>
    public string? Said => Request.Query["said"].ToString() is { Length: > 0 } key ? Notices.GetValueOrDefault(key) : null;

    /// <summary>The browser's session; null when nobody is signed in.</summary>
    public LoginSession? Browser => HttpContext.Features.Get<LoginSession>();

    /// <summary>Carries the way back along in links and forms.</summary>
    public string ReturnQuery => SafeReturn is { } back ? "?returnUrl=" + Uri.EscapeDataString(back) : "";

    /// <summary>The way back, if it is one within this store.</summary>
    public string? SafeReturn => Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : null;

    static readonly Dictionary<string, string> Notices = new(StringComparer.Ordinal)
    {
        ["confirmed"] = "Your address is confirmed. Welcome to Souk.",
        ["email"] = "Your new address is confirmed. From now on you sign in with it.",
        ["email-sent"] = "We have sent a mail to the new address. It is yours here once you follow the link in it.",
        ["reset"] = "Your password is changed, and everybody who was signed in is out. Sign in with the new one.",
        ["password"] = "Your password is changed, and every other browser is signed out.",
        ["ended"] = "That session has ended.",
        ["passkey"] = "The passkey is kept. You can sign in with it from now on.",
        ["passkey-gone"] = "The passkey is removed.",
        ["authenticator-gone"] = "The authenticator is removed: your password alone signs you in again.",
    };

    /// <summary>The page once more, with what went wrong.</summary>
    protected IActionResult Again(string wrong, int status = StatusCodes.Status400BadRequest)
    {
        Wrong = wrong;
        Response.StatusCode = status;
        return Page();
    }

    /// <summary>The page once more, and when to try again.</summary>
    protected IActionResult TooMany(TimeSpan wait)
    {
        var minutes = Math.Max(1, (int)Math.Ceiling(wait.TotalMinutes));
        Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Again($"That was tried too often. Please wait {minutes} {(minutes == 1 ? "minute" : "minutes")} and try again. A browser that you have signed in with before, and your passkeys, are not kept waiting.", StatusCodes.Status429TooManyRequests);
    }

    /// <summary>On: to where the shopper wanted to go, or to the account.</summary>
    protected RedirectResult On(string? said = null) => SeeOther(SafeReturn ?? (said is null ? "/account" : "/account?said=" + said));

    /// <summary>After a form was sent, by a plain request: going back or loading again sends nothing twice.</summary>
    protected RedirectResult SeeOther(string address)
    {
        LeadOn(address);
        return new RedirectSeeOther(address);
    }

    /// <summary>Lets this page's forms end at the client that is being signed in to: browsers hold the redirect against the policy.</summary>
    protected void LeadOn(string? address)
    {
        if (address is null || !address.StartsWith("/connect/authorize?", StringComparison.Ordinal)) return;
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address[address.IndexOf('?')..]);
        var settings = HttpContext.RequestServices.GetRequiredService<LoginSettings>();
        if (query.TryGetValue("client_id", out var client) && query.TryGetValue("redirect_uri", out var redirect)
            && settings.Clients.TryGetValue(client.ToString(), out var known) && known.RedirectUris.Contains(redirect.ToString())
            && Uri.TryCreate(redirect.ToString(), UriKind.Absolute, out var uri))
        {
            HttpContext.RequestServices.GetRequiredService<PagePolicy>().FormsLeadTo =
                uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Authority) : uri.Scheme + ":";
        }
    }

    sealed class RedirectSeeOther(string address) : RedirectResult(address)
    {
        public override Task ExecuteResultAsync(ActionContext context)
        {
            context.HttpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.HttpContext.Response.Headers.Location = Url;
            return Task.CompletedTask;
        }
    }
}

/// <summary>One field of a form.</summary>
public sealed record FieldView(string Name, string Label, string Type, string Autocomplete, string? Value = null, string? Hint = null, string? Mode = null);
