namespace Souk.Login.Sessions;

/// <summary>
/// Login's cookies: out of reach of scripts and of other sites, and <c>__Host-</c> wherever a browser takes that: under TLS
/// and on this very machine. A store that a phone sees over plain http has their plain names.
/// </summary>
public sealed class LoginCookies(LoginSettings settings)
{
    // What a browser keeps at most is 4096 bytes, name and attributes included.
    const int LengthMax = 3900;

    /// <summary>Whether browsers take secure cookies from the store's address.</summary>
    public bool IsTrusted { get; } = settings.PublicUrl.Scheme == "https"
        || settings.PublicUrl.Host is "localhost" or "127.0.0.1" or "[::1]"
        || settings.PublicUrl.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    public string NameOf(string name) => IsTrusted ? "__Host-" + name : name;

    public string? Read(HttpContext context, string name) =>
        context.Request.Cookies[NameOf(name)] is { Length: > 0 and <= LengthMax } value ? value : null;

    public void Write(HttpContext context, string name, string value, TimeSpan kept) =>
        context.Response.Cookies.Append(NameOf(name), value, Options(kept));

    public void Delete(HttpContext context, string name) => context.Response.Cookies.Delete(NameOf(name), Options(null));

    /// <summary>For cookies that ASP.NET Core writes: it would leave off Secure where the request came without TLS.</summary>
    public CookieBuilder Builder(string name, TimeSpan? kept = null) => new TrustedCookie(IsTrusted)
    {
        Name = NameOf(name),
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = kept,
        IsEssential = true,
        SecurePolicy = CookieSecurePolicy.SameAsRequest,
    };

    CookieOptions Options(TimeSpan? kept) => new()
    {
        HttpOnly = true,
        Secure = IsTrusted,
        // Not Strict: a mail's link and a client's redirect come from elsewhere, and must find who is signed in.
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = kept,
        IsEssential = true,
    };

    sealed class TrustedCookie(bool isTrusted) : CookieBuilder
    {
        public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
        {
            var options = base.Build(context, expiresFrom);
            options.Secure = isTrusted || options.Secure;
            return options;
        }
    }
}
