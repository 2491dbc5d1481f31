using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>Search and category: the same shelves, narrowed by what the address says. One form with GET; no script needed.</summary>
public sealed class SearchModel(ICatalog catalog, Categories categories, Parts parts, Budgets budgets, IConfiguration configuration) : ShopPage
{
    public Filter Filter { get; private set; } = new();

    /// <summary>The category of the address, where it names one.</summary>
    public Category? Aisle { get; private set; }

    /// <summary>Null inside: Catalog refused the question.</summary>
    public Part<ProductList?> Found { get; private set; }

    public string Currency { get; } = configuration["Souk:Currency"] ?? "EUR";

    public string Action => Aisle is null ? "/search" : "/category/" + Uri.EscapeDataString(Aisle.Slug);

    public string Heading => (Aisle, Filter.Query) switch
    {
        ({ } aisle, _) => aisle.Name,
        (_, "") => Filter.Sort == "newest" ? "New arrivals" : "Everything",
        (_, var query) => $"“{query}”",
    };

    public int Pages => ((Found.Or(null)?.Total ?? 0) + Filter.PageSize - 1) / Filter.PageSize;

    public string? Cheapest => Typed(Found.Or(null)?.Facets.Price?.Min);

    public string? Dearest => Typed(Found.Or(null)?.Facets.Price?.Max);

    public string Cleared => Address(new Filter { Query = Filter.Query, Sort = Filter.Sort });

    public IReadOnlyList<(string Words, string Address)> Chips =>
    [
        .. Filter.Categories.Select(value => (value, Address(Filter with { Categories = [.. Filter.Categories.Where(other => other != value)] }))),
        .. Filter.Vendors.Select(value => (value, Address(Filter with { Vendors = [.. Filter.Vendors.Where(other => other != value)] }))),
        .. Filter.Tags.Select(value => (value, Address(Filter with { Tags = [.. Filter.Tags.Where(other => other != value)] }))),
        .. Filter.Min is { } min ? [($"from {min}", Address(Filter with { Min = null }))] : Array.Empty<(string, string)>(),
        .. Filter.Max is { } max ? [($"up to {max}", Address(Filter with { Max = null }))] : Array.Empty<(string, string)>(),
    ];

    public string PageAt(int page) => Action + (Filter with { Page = page }).ToPage();

    public async Task<IActionResult> OnGetAsync(string? slug)
    {
        Filter = Filter.Read(Request.Query, Currency);
        if (slug is null)
        {
            Found = await FindAsync(Filter);
        }
        else
        {
            // Side by side: the shelves do not wait for the category's proper name.
            Filter = Filter with { Categories = [] };
            var found = FindAsync(Filter with { Categories = [slug] });
            var known = await categories.AllAsync(HttpContext.RequestAborted);
            Aisle = known.Or([]).FirstOrDefault(category => category.Slug == slug);
            Found = await found;
            if (Aisle is null && known.IsOk && Found.Has(out var list) && list is not { Total: > 0 }) return NotFound();
            Aisle ??= new Category(slug, slug, 0, null);
        }

        if (!Found.IsOk) SayUnavailable();
        return Page();
    }

    Task<Part<ProductList?>> FindAsync(Filter filter) => parts.FetchAsync("products", budgets.Catalog,
        cancellation => catalog.SearchAsync(filter, cancellation), HttpContext.RequestAborted);

    string Address(Filter filter) => Action + (filter with { Page = 1 }).ToPage();

    string? Typed(long? amount) => amount is { } known ? new Money(known, Currency).ToInput() : null;
}

/// <summary>One facet: its values in the find, and those that are chosen (which stay to be seen even where nothing is left).</summary>
public sealed record FacetView(string Legend, string Name, IReadOnlyList<Facet> Values, IReadOnlyList<string> Chosen)
{
    const int ShownMax = 12;

    public IEnumerable<(string Value, int? Count, bool IsChosen)> Rows =>
    [
        .. Chosen.Select(value => (value, Values.FirstOrDefault(facet => facet.Value == value)?.Count, true)),
        .. Values.Where(facet => !Chosen.Contains(facet.Value)).Take(ShownMax).Select(facet => (facet.Value, (int?)facet.Count, false)),
    ];
}
