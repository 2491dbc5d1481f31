namespace Souk.Pages;

/// <summary>
/// Cookies that are a key to something: out of reach of scripts and of other sites, and <c>__Host-</c> wherever a
/// browser takes that: under TLS and on this very machine. Elsewhere (a phone that looks at a laptop over plain http)
/// they have their plain name.
/// </summary>
public static class PageCookie
{
    /// <summary>What a browser takes for: secure, of this host alone, of every path.</summary>
    public const string Prefix = "__Host-";

    // What a browser keeps at most is 4096 bytes, name and attributes included.
    const int LengthMax = 3900;

    /// <summary>The value that the browser sent; null where there is none, or one too long to be ours.</summary>
    public static string? Read(HttpContext context, string name) =>
        context.Request.Cookies[NameOf(context.Request, name)] is { Length: > 0 and <= LengthMax } value ? value : null;

    /// <summary>Without a time to keep it, it goes with the browser's session.</summary>
    public static void Write(HttpContext context, string name, string value, TimeSpan? kept = null) =>
        context.Response.Cookies.Append(NameOf(context.Request, name), value, new CookieOptions
        {
            HttpOnly = true,
            Secure = IsTrusted(context.Request),
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = kept,
            IsEssential = true,
        });

    /// <summary>Takes it away from the browser.</summary>
    public static void Delete(HttpContext context, string name) =>
        context.Response.Cookies.Delete(NameOf(context.Request, name), new CookieOptions
        {
            HttpOnly = true,
            Secure = IsTrusted(context.Request),
            SameSite = SameSiteMode.Lax,
            Path = "/",
        });

    static string NameOf(HttpRequest request, string name) => IsTrusted(request) ? Prefix + name : name;

    static bool IsTrusted(HttpRequest request) =>
        request.IsHttps || request.Host.Host is "localhost" or "127.0.0.1" or "[::1]" || request.Host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
