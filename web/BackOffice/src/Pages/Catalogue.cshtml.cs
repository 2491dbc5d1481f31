namespace Souk.BackOffice.Pages;

/// <summary>Products by their handle, for sale or not.</summary>
public sealed class CatalogueModel(ICatalog catalog) : StaffPage
{
    public string? Query { get; private set; }

    public Part<Answer<ProductList>> Products { get; private set; }

    public async Task OnGetAsync(string? query, string? after)
    {
        Query = query?.Trim();
        Products = await AskAsync("products", stop => catalog.ListAsync(Query, after, stop));
        if (!Products.Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
    }
}
