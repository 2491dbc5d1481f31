using Ganss.Xss;

namespace Souk.Catalog.Import;

/// <summary>Makes a description safe to put into a page: text, lists, tables, links and pictures stay, all else goes.</summary>
sealed class SafeHtml
{
    static readonly string[] Tags =
    [
        "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt",
        "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q",
        "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
    ];

    readonly HtmlSanitizer _sanitizer;

    public SafeHtml()
    {
        _sanitizer = new HtmlSanitizer(new HtmlSanitizerOptions
        {
            AllowedTags = new HashSet<string>(Tags, StringComparer.OrdinalIgnoreCase),
            // No style, class or id: a shop's page has a strict policy for styles, and its own names.
            AllowedAttributes = new HashSet<string>(
                ["href", "src", "alt", "title", "width", "height", "colspan", "rowspan", "scope", "lang", "dir"],
                StringComparer.OrdinalIgnoreCase),
            AllowedSchemes = new HashSet<string>(["http", "https", "mailto", "tel"], StringComparer.OrdinalIgnoreCase),
            UriAttributes = new HashSet<string>(["href", "src"], StringComparer.OrdinalIgnoreCase),
        });
        _sanitizer.PostProcessNode += (_, e) =>
        {
            if (e.Node is AngleSharp.Dom.IElement { LocalName: "a" } link) link.SetAttribute("rel", "nofollow noopener");
        };
    }

    /// <summary>The safe form; plain text comes back as it is.</summary>
    public string Clean(string html) => html.AsSpan().ContainsAny('<', '>', '&') ? _sanitizer.Sanitize(html) : html;
}
