using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Souk.BackOffice;

/// <summary>
/// What every page shares: a notice, how it asks the services, and what becomes of a form. A form that was done ends in a
/// redirect. One that was refused is shown again with what was typed. One whose end is not known is shown again under the
/// key that it was sent with, so that sending it again is the same request.
/// </summary>
public abstract class StaffPage : PageModel
{
    public Notice? Notice { get; private set; }

    public bool IsStaff => HttpContext.Customer() is { IsStaff: true };

    public string SignedInAs => User.FindFirst("email")?.Value ?? "";

    protected Budgets Budgets => Get<Budgets>();

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        Notice = Notices.Of(Request.Query["notice"]);
        Get<PagePolicy>().IsPersonal = true;
    }

    /// <summary>Sent by this form, which is shown again: what was typed into a field; else what stands there at first.</summary>
    public string Typed(string form, string field, string first = "") => IsOf(form) ? Request.Form[field].ToString() : first;

    /// <summary>Names what a form asks for. Each time that it is shown it is another one, unless its end is not known.</summary>
    public string KeyOf(string form) => _isUnknown && IsOf(form) ? Key : Get<IIdSource>().NewId();

    /// <summary>The key of the form that was sent.</summary>
    protected string Key => Request.Form["key"].ToString();

    protected T Get<T>() where T : notnull => HttpContext.RequestServices.GetRequiredService<T>();

    /// <summary>Asks for a part of the page.</summary>
    protected Task<Part<Answer<T>>> AskAsync<T>(string name, Func<CancellationToken, Task<Answer<T>>> ask) where T : class =>
        Get<Parts>().FetchAsync(name, Budgets.Read, ask, HttpContext.RequestAborted);

    /// <summary>Sends a change. Not called off when the browser goes: what is asked for shall be done.</summary>
    protected Task<Part<Answer<T>>> ChangeAsync<T>(string name, Func<CancellationToken, Task<Answer<T>>> change) where T : class =>
        Get<Parts>().FetchAsync(name, Budgets.Change, change);

    /// <summary>Whether a change was done; else the notice says what became of it, and the page is shown again.</summary>
    protected bool IsDone<T>(Part<Answer<T>> part, [NotNullWhen(true)] out T? value) where T : class
    {
        value = null;
        if (!part.Has(out var answer))
        {
            _isUnknown = true;
            SayUnavailable();
            Notice = Notices.Unknown;
            return false;
        }
        value = answer.Value;
        if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
        return value is not null;
    }

    /// <summary>Says why a form was not taken.</summary>
    protected void Refuse(string? code, int status = StatusCodes.Status400BadRequest)
    {
        // Not 401 or 404: it is this page that answers.
        Response.StatusCode = status is StatusCodes.Status401Unauthorized or StatusCodes.Status404NotFound ? StatusCodes.Status409Conflict : status;
        Notice = Notices.OfCode(code);
    }

    /// <summary>The main part of the page is missing: it is shown, and programs are told to come again.</summary>
    protected void SayUnavailable()
    {
        Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        Response.Headers.RetryAfter = "5";
    }

    /// <summary>303: what was sent is done with, and a reload sends nothing.</summary>
    protected StatusCodeResult SeeOther(string address, string notice)
    {
        Response.Headers.Location = $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}notice={notice}";
        return StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>A whole number as it was typed, not below nothing.</summary>
    protected static long? Number(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    bool _isUnknown;

    bool IsOf(string form) => HttpMethods.IsPost(Request.Method) && Request.HasFormContentType
        && string.Equals(RouteData.Values["handler"] as string ?? "", form, StringComparison.OrdinalIgnoreCase);
}
