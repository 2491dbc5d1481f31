namespace Souk.Storefront.Pages;

/// <summary>The home page: a first look, the aisles, and what is new. Without Catalog it says so and keeps its doors open.</summary>
public sealed class IndexModel(ICatalog catalog, Parts parts, Budgets budgets) : ShopPage
{
    public Part<ProductList?> New { get; private set; }

    /// <summary>Three pictures for the arcade, of different aisles where there are so many; none where there are fewer.</summary>
    public IReadOnlyList<ProductCard> Arch
    {
        get
        {
            var pictured = New.Or(null)?.Items.Where(card => card.Image?.Safe is not null).ToList() ?? [];
            List<ProductCard> three = [.. pictured.DistinctBy(card => card.Category).Concat(pictured).Distinct().Take(3)];
            return three.Count == 3 ? three : [];
        }
    }

    /// <summary>The shelf goes on where the arcade ends.</summary>
    public IReadOnlyList<ProductCard> Shelf => New.Or(null)?.Items is not { } all ? []
        : all.Count >= 11 ? [.. all.Except(Arch).Take(8)] : [.. all.Take(8)];

    public async Task OnGetAsync() => New = await parts.FetchAsync("new arrivals", budgets.Catalog,
        cancellation => catalog.SearchAsync(new Filter { Sort = "newest", Size = 16 }, cancellation), HttpContext.RequestAborted);
}
