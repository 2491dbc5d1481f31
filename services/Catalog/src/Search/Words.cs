using System.Globalization;
using System.Net;
using System.Text;

namespace Souk.Catalog.Search;

/// <summary>Text as search sees it: words of letters and digits, lower case, without accents; the same for both engines.</summary>
static class Words
{
    public const int LengthMax = 40;

    static readonly Dictionary<char, string> Plain = Letters.WithAccents
        .SelectMany(group => group.Variants.Select(variant => (variant, group.Plain)))
        .ToDictionary(pair => pair.variant, pair => pair.Plain);

    /// <summary>Lower case and without accents: <c>Crème Brûlée</c> becomes <c>creme brulee</c>.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var lower = char.ToLowerInvariant(c);
            if (lower < 0x80) folded.Append(lower);
            else if (Plain.TryGetValue(lower, out var plain)) folded.Append(plain);
            // An accent on its own, as decomposed text has it.
            else if (CharUnicodeInfo.GetUnicodeCategory(lower) != UnicodeCategory.NonSpacingMark) folded.Append(lower);
        }
        return folded.ToString();
    }

    /// <summary>The words of a text, in order.</summary>
    public static List<string> Of(string text)
    {
        var folded = Fold(text);
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= folded.Length; i++)
        {
            if (i < folded.Length && char.IsLetterOrDigit(folded[i]))
            {
                if (start < 0) start = i;
            }
            else if (start >= 0)
            {
                words.Add(folded[start..Math.Min(i, start + LengthMax)]);
                start = -1;
            }
        }
        return words;
    }

    /// <summary>The text of a description, without its tags.</summary>
    public static string WithoutTags(string html)
    {
        var text = new StringBuilder(html.Length);
        var inside = false;
        foreach (var c in html)
        {
            if (c == '<') inside = true;
            else if (c == '>' && inside)
            {
                inside = false;
                text.Append(' ');
            }
            else if (!inside) text.Append(c);
        }
        return WebUtility.HtmlDecode(text.ToString());
    }

    /// <summary>A name for addresses: <c>Home &amp; Garden</c> becomes <c>home-garden</c>. Never empty.</summary>
    public static string Slug(string name) => Of(name) is { Count: > 0 } words ? string.Join('-', words) : "-";

    /// <summary>How many typing errors a word of this length is forgiven.</summary>
    public static int ErrorsForgiven(string word) => word.Length switch { < 3 => 0, < 7 => 1, _ => 2 };

    /// <summary>
    /// Typing errors between two words (one letter too many, missing, wrong, or two swapped); more than
    /// <paramref name="max"/> is <paramref name="max"/> + 1.
    /// </summary>
    public static int Distance(string a, string b, int max)
    {
        if (Math.Abs(a.Length - b.Length) > max) return max + 1;
        Span<int> before = stackalloc int[b.Length + 1];
        Span<int> last = stackalloc int[b.Length + 1];
        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            var least = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
                least = Math.Min(least, row[j]);
            }
            if (least > max) return max + 1;
            var free = before;
            before = last;
            last = row;
            row = free;
        }
        return Math.Min(last[b.Length], max + 1);
    }
}
