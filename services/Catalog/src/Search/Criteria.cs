using System.Globalization;

namespace Souk.Catalog.Search;

/// <summary>In which order products are listed.</summary>
enum Sort
{
    Relevance,
    Title,
    Price,
    PriceDescending,
    Newest,
}

/// <summary>What a list of products is asked for: one value of each filter must fit, and every filter.</summary>
/// <remarks>
/// The words are folded; all must occur, the last as a beginning; null is no query. Categories are slugs, vendors and
/// tags folded, prices minor units.
/// </remarks>
sealed record Criteria(
    IReadOnlyList<string>? Words, IReadOnlyList<string> Categories, IReadOnlyList<string> Vendors,
    IReadOnlyList<string> Tags, long? MinPrice, long? MaxPrice, Sort Sort, int Page, int PageSize)
{
    public const int PageSizeMax = 100;
    public const int PageMax = 10_000;

    const int QueryLengthMax = 200;
    const int QueryWordsMax = 12;
    const int ValuesMax = 50;

    /// <summary>Reads a query string's values; the refusal names the first that cannot be.</summary>
    public static (Criteria? Criteria, Refusal? Refusal) Read(
        string? query, string[]? category, string[]? vendor, string[]? tag,
        string? minPrice, string? maxPrice, string? sort, string? page, string? pageSize)
    {
        if (query?.Length > QueryLengthMax) return Invalid("query", $"query has at most {QueryLengthMax} characters.");
        foreach (var (name, values) in (ReadOnlySpan<(string, string[]?)>)[("category", category), ("vendor", vendor), ("tag", tag)])
        {
            if (values?.Length > ValuesMax || values?.Any(value => value is null or { Length: > Product.TextLengthMax }) == true)
            {
                return Invalid(name, $"{name} may be given {ValuesMax} times, each of at most {Product.TextLengthMax} characters.");
            }
        }
        if (!TryAmount(minPrice, out var min)) return Invalid("minPrice", "minPrice is a whole number of minor units from 0.");
        if (!TryAmount(maxPrice, out var max)) return Invalid("maxPrice", "maxPrice is a whole number of minor units from 0.");
        if (min > max) return Invalid("maxPrice", "maxPrice is not below minPrice.");
        if (!TryNumber(page, 1, PageMax, 1, out var number)) return Invalid("page", $"page is 1–{PageMax}.");
        if (!TryNumber(pageSize, 1, PageSizeMax, 24, out var size)) return Invalid("pageSize", $"pageSize is 1–{PageSizeMax}.");

        var words = string.IsNullOrWhiteSpace(query) ? null : Search.Words.Of(query).Take(QueryWordsMax).ToList();
        Sort? order = sort switch
        {
            null or "" => words is null ? Sort.Title : Sort.Relevance,
            "relevance" => Sort.Relevance,
            "title" => Sort.Title,
            "price" => Sort.Price,
            "-price" => Sort.PriceDescending,
            "newest" => Sort.Newest,
            _ => null,
        };
        return order is not { } chosen
            ? Invalid("sort", "sort is one of relevance, title, price, -price, newest.")
            : (new Criteria(words, Keys(category, Search.Words.Slug), Keys(vendor, Search.Words.Fold), Keys(tag, Search.Words.Fold),
                min, max, chosen, number, size), null);
    }

    static (Criteria?, Refusal?) Invalid(string parameter, string detail) =>
        (null, Refusal.BadRequest($"catalog.products.{parameter}_invalid", detail));

    static List<string> Keys(string[]? values, Func<string, string> key) =>
        [.. (values ?? []).Where(value => value.Length > 0).Select(value => key(value.Trim())).Distinct()];

    static bool TryAmount(string? text, out long? amount)
    {
        amount = null;
        if (string.IsNullOrEmpty(text)) return true;
        if (text.Length > 15 || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return false;
        amount = value;
        return true;
    }

    static bool TryNumber(string? text, int min, int max, int missing, out int number)
    {
        number = missing;
        return string.IsNullOrEmpty(text)
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max);
    }
}
