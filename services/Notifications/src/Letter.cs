using System.Text;

namespace Souk.Notifications;

/// <summary>What a mail says, before it is written: once as text and once as HTML, both with the same words.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Name">Whom it greets; empty: a person whose name is not known.</param>
/// <param name="Opening">The news.</param>
/// <param name="Rows">A table: what, and how much of it.</param>
/// <param name="Closing">What comes under the table.</param>
/// <param name="Url">The order's page, or another that the link leads to.</param>
/// <param name="LinkText">What the link says.</param>
sealed record Letter(
    string Subject, string Name, string Opening, IReadOnlyList<Letter.Row> Rows, IReadOnlyList<string> Closing, Uri Url,
    string LinkText = "See your order")
{
    /// <summary>A line of the table.</summary>
    public sealed record Row(string What, string Value, bool IsTotal = false);

    public WrittenLetter Write() => new(OneLine.Of(Subject), ToText(), ToHtml().ToString());

    string Greeting => Name.Length == 0 ? "Hello," : $"Hello {Name},";

    string ToText()
    {
        var text = new StringBuilder();
        text.Append($"{OneLine.Of(Greeting)}\n\n{OneLine.Of(Opening)}\n");
        if (Rows.Count > 0) text.Append('\n');
        foreach (var row in Rows) text.Append($"  {OneLine.Of(row.What)}: {OneLine.Of(row.Value)}\n");
        if (Closing.Count > 0) text.Append('\n');
        foreach (var line in Closing) text.Append($"{OneLine.Of(line)}\n");
        return text.Append($"\n{LinkText}: {Url.AbsoluteUri}\n\nSouk\n").ToString();
    }

    Html ToHtml() => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>{Subject}</title></head>
        <body style="margin:0;background:#fbf5ea;color:#2b2118;font:16px/1.5 Georgia,serif">
        <div style="max-width:36em;margin:0 auto;padding:2em 1em">
        <p>{Greeting}</p>
        <p>{Opening}</p>
        <table style="width:100%;border-collapse:collapse">{Rows.Select(ToHtml)}</table>
        <p>{Closing.Select(line => (Html)$"{line}<br>")}</p>
        <p><a href="{Url.AbsoluteUri}" style="color:#8a3b12">{LinkText}</a></p>
        <p>Souk</p>
        </div>
        </body>
        </html>

        """;

    static Html ToHtml(Row row) => row.IsTotal
        ? (Html)$"""<tr><th scope="row" style="{Cell}">{row.What}</th><td style="{Cell};text-align:right"><b>{row.Value}</b></td></tr>"""
        : $"""<tr><td style="{Cell}">{row.What}</td><td style="{Cell};text-align:right">{row.Value}</td></tr>""";

    const string Cell = "padding:.4em 0;border-bottom:1px solid #e4d8c4;text-align:left";
}

/// <summary>A letter in both of its forms.</summary>
sealed record WrittenLetter(string Subject, string Text, string Html);
