using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Souk.Notifications;

/// <summary>
/// A piece of HTML, written as an interpolated string: every hole is escaped, so that nothing that somebody typed is ever
/// markup. A hole may be another <see cref="Html"/>, or several: these are markup already.
/// </summary>
[InterpolatedStringHandler]
sealed class Html
{
    static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    readonly StringBuilder _markup;

    /// <summary>Called by the compiler for an interpolated string.</summary>
    public Html(int literalLength, int formattedCount) => _markup = new StringBuilder(literalLength + formattedCount * 16);

    public void AppendLiteral(string value) => _markup.Append(value);

    public void AppendFormatted(string value) => _markup.Append(Encoder.Encode(value));

    public void AppendFormatted(Html value) => _markup.Append(value._markup);

    public void AppendFormatted(IEnumerable<Html> values)
    {
        foreach (var value in values) AppendFormatted(value);
    }

    public override string ToString() => _markup.ToString();
}

/// <summary>What stands in a header or in a line of text is one line, whatever was typed.</summary>
static class OneLine
{
    public static string Of(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}
