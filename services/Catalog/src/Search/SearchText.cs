using System.Globalization;
using System.Text;

namespace Souk.Catalog.Search;

/// <summary>The words a product is found by, by what they weigh: its title, its facets, its description.</summary>
sealed record SearchText(IReadOnlyList<string> Title, IReadOnlyList<string> Facets, IReadOnlyList<string> Body)
{
    const int BodyWordsMax = 2000;
    // PostgreSQL keeps at most 255 positions of a word, and none past 16383.
    const int PositionsMax = 20;

    public static SearchText Of(Product product)
    {
        var facets = new List<string>();
        foreach (var text in product.Tags.Append(product.Vendor).Append(product.Category)
            .Concat(product.Variants.SelectMany(variant => variant.Values)).Distinct())
        {
            facets.AddRange(Words.Of(text));
        }
        facets.AddRange(product.Variants.SelectMany(variant => Words.Of(variant.Sku)));
        return new SearchText(
            Words.Of(product.Title), [.. facets.Distinct()],
            [.. Words.Of(Words.WithoutTags(product.Description)).Take(BodyWordsMax)]);
    }

    /// <summary>Words that a mistyped query may have meant. Numbers are none: the next one is never what was meant.</summary>
    public IEnumerable<string> Guessable => Title.Concat(Facets).Where(word => word.Length > 2 && word.All(char.IsLetter));

    /// <summary>The same as PostgreSQL's <c>tsvector</c>, with weights A, B and D.</summary>
    public string ToVector()
    {
        var places = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var position = 0;
        foreach (var (words, weight) in (ReadOnlySpan<(IReadOnlyList<string>, char)>)[(Title, 'A'), (Facets, 'B'), (Body, 'D')])
        {
            foreach (var word in words)
            {
                if (!places.TryGetValue(word, out var list)) places.Add(word, list = []);
                position = Math.Min(position + 1, 16383);
                if (list.Count < PositionsMax) list.Add(string.Create(CultureInfo.InvariantCulture, $"{position}{weight}"));
            }
        }
        var vector = new StringBuilder();
        foreach (var (word, list) in places) vector.Append('\'').Append(word).Append("':").AppendJoin(',', list).Append(' ');
        return vector.ToString();
    }
}
