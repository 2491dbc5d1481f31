using System.Globalization;
using System.Text;

namespace Souk.Storefront;

/// <summary>
/// What a shopper looks for, as the address of the page says it. Pure: read from an address, written to one, and to
/// Catalog's. What makes no sense in an address is left out, not refused.
/// </summary>
public sealed record Filter
{
    public const int PageSize = 24;
    public const int TextMax = 200;

    const int ValuesMax = 20;

    public string Query { get; init; } = "";
    public IReadOnlyList<string> Categories { get; init; } = [];
    public IReadOnlyList<string> Vendors { get; init; } = [];
    public IReadOnlyList<string> Tags { get; init; } = [];
    public Money? Min { get; init; }
    public Money? Max { get; init; }
    public string Sort { get; init; } = "relevance";
    public int Page { get; init; } = 1;
    public int Size { get; init; } = PageSize;

    public static readonly IReadOnlyList<(string Value, string Words)> Sorts =
    [
        ("relevance", "Best match"), ("newest", "Newest first"), ("price", "Price, low to high"),
        ("-price", "Price, high to low"), ("title", "Name, A to Z"),
    ];

    /// <summary>Whether anything but the text, the order and the page is asked for.</summary>
    public bool IsNarrowed => Categories.Count + Vendors.Count + Tags.Count > 0 || Min is not null || Max is not null;

    public static Filter Read(IQueryCollection query, string currency)
    {
        var min = Money.Parse(query["min"], currency);
        var max = Money.Parse(query["max"], currency);
        if (min > max) (min, max) = (max, min);
        return new Filter
        {
            Query = Text(query["q"]),
            Categories = Values(query["category"]),
            Vendors = Values(query["vendor"]),
            Tags = Values(query["tag"]),
            Min = min is { } low ? new Money(low, currency) : null,
            Max = max is { } high ? new Money(high, currency) : null,
            Sort = Sorts.Any(sort => sort.Value == query["sort"]) ? query["sort"].ToString() : "relevance",
            Page = int.TryParse(query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is > 0 and < 10_000 ? page : 1,
        };
    }

    /// <summary>The query of Catalog's API.</summary>
    public string ToApi() => new QueryText()
        .Add("query", Query).AddAll("category", Categories).AddAll("vendor", Vendors).AddAll("tag", Tags)
        .Add("minPrice", Number(Min?.Amount)).Add("maxPrice", Number(Max?.Amount))
        .Add("sort", Sort == "relevance" ? null : Sort)
        .Add("page", Number(Page)).Add("pageSize", Number(Size)).ToString();

    /// <summary>The query of a page of the shop.</summary>
    public string ToPage() => new QueryText()
        .Add("q", Query).AddAll("category", Categories).AddAll("vendor", Vendors).AddAll("tag", Tags)
        .Add("min", Min?.ToInput()).Add("max", Max?.ToInput())
        .Add("sort", Sort == "relevance" ? null : Sort)
        .Add("page", Page == 1 ? null : Number(Page)).ToString();

    static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    static string Text(string? text) => text?.Trim() is not { } trimmed ? "" : trimmed.Length > TextMax ? trimmed[..TextMax] : trimmed;

    static List<string> Values(IEnumerable<string?> values) =>
        [.. values.OfType<string>().Select(Text).Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).Take(ValuesMax)];

    /// <summary>Writes a query string, without what is empty.</summary>
    sealed class QueryText
    {
        readonly StringBuilder _text = new();

        public QueryText Add(string name, string? value)
        {
            if (string.IsNullOrEmpty(value)) return this;
            _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            return this;
        }

        public QueryText AddAll(string name, IEnumerable<string> values)
        {
            foreach (var value in values) Add(name, value);
            return this;
        }

        public override string ToString() => _text.ToString();
    }
}
