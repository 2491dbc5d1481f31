using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Souk.Sandbox;

/// <summary>HTML written as an interpolated string: every hole is encoded, unless it is HTML itself.</summary>
[InterpolatedStringHandler]
sealed class Html(int literalLength, int formattedCount)
{
    readonly StringBuilder _text = new(literalLength + formattedCount * 16);

    public static Html Empty => new(0, 0);

    /// <summary>Gives a text in an expression its type.</summary>
    public static Html Of(Html html) => html;

    /// <summary>A text of the program's own, taken as it is.</summary>
    public static Html Trusted(string text)
    {
        var html = Empty;
        html.AppendLiteral(text);
        return html;
    }

    public static Html Join(IEnumerable<Html> parts)
    {
        var joined = Empty;
        foreach (var part in parts) joined.AppendFormatted(part);
        return joined;
    }

    public void AppendLiteral(string value) => _text.Append(value);

    public void AppendFormatted(string? value) => _text.Append(HtmlEncoder.Default.Encode(value ?? ""));

    public void AppendFormatted(int value) => _text.Append(value);

    public void AppendFormatted(Html value) => _text.Append(value._text);

    public override string ToString() => _text.ToString();
}

/// <summary>A page of the provider's. It needs no script, loads nothing, and nobody may keep or frame it.</summary>
/// <param name="Status">Of the answer.</param>
/// <param name="Title">Of the tab.</param>
/// <param name="Content">What stands on it.</param>
/// <param name="FormOrigin">Where its form may lead beside the provider: browsers hold redirects after a form to this, too.</param>
sealed record Page(int Status, string Title, Html Content, string? FormOrigin = null) : IResult
{
    public static readonly Page Closed = new(503, "Closed for a moment", $"""
        <h1>Closed for a moment</h1>
        <p>The payment provider cannot be reached. Nothing was charged: please try again shortly.</p>
        """);

    /// <summary>Whether a form was sent by a page of somebody else's.</summary>
    public static bool IsForeign(HttpRequest request) => request.Headers["Sec-Fetch-Site"] is [{ } site] && site is not ("same-origin" or "none");

    /// <summary>An amount as people write it: 1999 EUR is 19.99 EUR.</summary>
    public static string Money(long amount, string currency)
    {
        var digits = currency switch
        {
            "JPY" or "KRW" or "VND" or "CLP" or "ISK" or "UGX" or "XAF" or "XOF" or "XPF" or "PYG" or "RWF" => 0,
            "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
            _ => 2,
        };
        var number = amount / (decimal)Math.Pow(10, digits);
        var symbol = currency switch { "EUR" => "€", "USD" => "$", "GBP" => "£", "JPY" => "¥", _ => null };
        var text = number.ToString("N" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return symbol is null ? $"{text}\u00a0{currency}" : symbol + text;
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        Html page = $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Title} · Sandbox Pay</title>
            <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%23234a8f'/%3E%3Cpath d='M3 6h10v5H3z' fill='%23fff'/%3E%3C/svg%3E">
            <style>{Style}</style>
            </head>
            <body>
            <p class="test">Test provider: no money moves, and no real card belongs here.</p>
            <main>
            <p class="brand">{Logo} Sandbox Pay</p>
            <div class="sheet">
            {Content}
            </div>
            <p class="foot">Your card stays with Sandbox Pay: the shop never sees its number, and it is not kept here.</p>
            </main>
            </body>
            </html>
            """;
        var response = httpContext.Response;
        Guard(response, FormOrigin);
        response.StatusCode = Status;
        response.ContentType = "text/html; charset=utf-8";
        return response.WriteAsync(page.ToString(), httpContext.RequestAborted);
    }

    /// <summary>The headers that keep a browser careful.</summary>
    public static void Guard(HttpResponse response, string? formOrigin)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src '{StyleHash}'; img-src data:; form-action 'self' {formOrigin}".TrimEnd()
            + "; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    static readonly Html Logo = Html.Of($"""
        <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" focusable="false"><rect class="logo-a" width="28" height="28" rx="8"/><path class="logo-b" d="M6 10h16v9a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2z"/><path class="logo-c" d="M6 12h16v3H6z"/></svg>
        """);

    // The browser hashes what it reads, and it reads every line end as a line feed.
    static readonly Html Style = Html.Trusted(Css.ReplaceLineEndings("\n"));

    static readonly string StyleHash = "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style.ToString())));

    const string Css = """
        :root { color-scheme: light dark; --page: #eef2f8; --sheet: #fff; --ink: #14213d; --soft: #4d5b75; --line: #c3ccdc; --edge: #6b7994; --deep: #234a8f; --deeper: #18376e; --on-deep: #fff; --wrong: #a3212b; --wrong-back: #fdeeee; --note: #fff3cf; --note-ink: #5c4300; }
        @media (prefers-color-scheme: dark) { :root { --page: #0f1522; --sheet: #182134; --ink: #e9eef8; --soft: #adb9cf; --line: #33405a; --edge: #8794ae; --deep: #8fb4ff; --deeper: #b3ccff; --on-deep: #0f1522; --wrong: #ff9a9a; --wrong-back: #3a1d24; --note: #3d3212; --note-ink: #f6dd95; } }
        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif; }
        p { margin: 0 0 1em; }
        h1, h2 { margin: 0; line-height: 1.2; letter-spacing: -.01em; }
        h1 { font-size: 1.5rem; margin-bottom: 1.1rem; }
        a { color: var(--deep); text-underline-offset: .2em; }
        a:hover { color: var(--deeper); }
        :focus-visible { outline: 3px solid var(--deep); outline-offset: 2px; border-radius: 6px; }
        .test { margin: 0; padding: .5rem 1rem; background: var(--note); color: var(--note-ink); text-align: center; font-size: .92rem; }
        main { width: min(100% - 2rem, 29rem); margin: clamp(1.5rem, 5vw, 4rem) auto; }
        .brand { display: flex; align-items: center; gap: .6rem; margin-bottom: 1rem; font-weight: 700; font-size: 1.1rem; }
        .logo-a { fill: var(--deep); } .logo-b { fill: var(--on-deep); } .logo-c { fill: var(--deep); opacity: .45; }
        .sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 18px; padding: clamp(1.25rem, 5vw, 2.25rem); box-shadow: 0 1px 2px rgb(15 25 50 / .06), 0 12px 40px rgb(15 25 50 / .08); }
        .sum { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
        .for { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
        .amount { margin: 0 0 1rem; font-size: 2.1rem; font-weight: 700; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
        .field { margin-bottom: 1.1rem; }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0 1rem; }
        label { display: inline-block; font-weight: 600; margin-right: .6rem; }
        .hint { display: inline-block; color: var(--soft); font-size: .92rem; }
        input { display: block; width: 100%; min-height: 3rem; margin-top: .3rem; padding: .5rem .85rem; font: inherit; font-size: 1.06rem; font-variant-numeric: tabular-nums; color: var(--ink); background: var(--sheet); border: 1px solid var(--edge); border-radius: 10px; }
        input[aria-invalid] { border: 2px solid var(--wrong); }
        .error { display: block; margin-top: .3rem; color: var(--wrong); font-size: .95rem; font-weight: 600; }
        .errors { margin-bottom: 1.4rem; padding: 1rem 1.2rem; border: 2px solid var(--wrong); border-radius: 12px; background: var(--wrong-back); }
        .errors h2 { font-size: 1.05rem; color: var(--wrong); }
        .errors ul { margin: .5rem 0; padding-left: 1.2rem; }
        .errors a { color: var(--ink); }
        .errors p { margin: 0; font-size: .95rem; }
        button { width: 100%; min-height: 3.2rem; padding: .6rem 1.2rem; border: 1px solid transparent; border-radius: 999px; background: var(--deep); color: var(--on-deep); font: inherit; font-weight: 700; font-size: 1.06rem; cursor: pointer; }
        button:hover { background: var(--deeper); }
        .quiet { background: transparent; border-color: var(--edge); color: var(--ink); }
        .quiet:hover { background: var(--page); }
        .answers { display: grid; gap: .8rem; }
        .back { margin: 1.1rem 0 0; text-align: center; }
        .back a { display: inline-block; padding: .4rem; }
        details { margin-top: 1.4rem; padding-top: 1rem; border-top: 1px solid var(--line); }
        summary { padding: .3rem 0; font-weight: 600; cursor: pointer; }
        details p { margin: .4rem 0 .6rem; color: var(--soft); font-size: .95rem; }
        table { width: 100%; border-collapse: collapse; font-size: .92rem; }
        th { text-align: left; color: var(--soft); font-weight: 600; }
        th, td { padding: .4rem .5rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        tr:last-child td { border-bottom: 0; }
        code { font: inherit; font-variant-numeric: tabular-nums; white-space: nowrap; user-select: all; }
        .foot { margin: 1.2rem .5rem 0; color: var(--soft); font-size: .9rem; text-align: center; }
        @media (forced-colors: active) { .sheet, button, .errors { border: 1px solid; } }
        """;
}

/// <summary>Sends the browser back to the shop: 303, so that it asks with GET.</summary>
sealed class SendBack(Uri to) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        Page.Guard(httpContext.Response, to.GetLeftPart(UriPartial.Authority));
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = to.AbsoluteUri;
        return Task.CompletedTask;
    }
}
