namespace Souk.BackOffice;

/// <summary>
/// Who may come in: staff with a second factor, and nobody else. Closed by default: every address that a browser can reach
/// is behind it, but the few that lead in and out. The services judge each call by the user's token again.
/// </summary>
static class Door
{
    /// <summary>Where somebody stands who is not inside: it says what happened to signing in or out.</summary>
    public const string Outside = "/staff/door";

    public const string Oops = "/staff/oops";

    public const string Assets = "/staff/assets";

    public static readonly SignInPaths SignIn = new(
        "/staff/signin", "/staff/signout", "/staff", Outside + "?notice=signin-unavailable", Outside + "?notice=signed-out-here",
        Outside + "?notice=not-staff");

    static readonly PathString[] Open = [SignIn.SignIn, SignIn.SignOut, Outside, Oops, Assets];

    /// <summary>Leads guests to sign in, and answers 403 to everybody who is not staff.</summary>
    public static void UseDoor(this WebApplication app) => app.Use((context, next) =>
    {
        var isForBrowsers = context.GetEndpoint()?.Metadata.GetMetadata<Callers>() == Callers.Public;
        if (!isForBrowsers || Open.Any(path => context.Request.Path.StartsWithSegments(path)) || context.Customer() is { IsStaff: true })
        {
            return next(context);
        }
        if (context.Customer() is not null)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
        var back = HttpMethods.IsGet(context.Request.Method) ? context.Request.Path + context.Request.QueryString : SignIn.Home;
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = $"{SignIn.SignIn}?returnUrl={Uri.EscapeDataString(back)}";
        return Task.CompletedTask;
    });
}
