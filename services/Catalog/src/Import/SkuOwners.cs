namespace Souk.Catalog.Import;

/// <summary>
/// Which product each SKU belongs to while a batch is stored: who has it keeps it until its own rows leave it out, which
/// counts for the whole batch, whatever the order of its products.
/// </summary>
sealed class SkuOwners
{
    readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    readonly Dictionary<string, HashSet<string>> _skus = new(StringComparer.Ordinal);

    public SkuOwners(IEnumerable<(string Sku, string Handle)> stored, IReadOnlyList<Product> batch)
    {
        var offered = batch.ToDictionary(
            product => product.Handle, product => product.Variants.Select(variant => variant.Sku).ToHashSet(), StringComparer.Ordinal);
        foreach (var (sku, handle) in stored)
        {
            Note(sku, handle);
            if (!offered.TryGetValue(handle, out var keeps) || keeps.Contains(sku)) _owners[sku] = handle;
        }
    }

    /// <summary>The product without variants whose SKU is another's; null when none is left.</summary>
    public Product? Claim(Product product, List<RefusedRow> refused)
    {
        HashSet<string>? taken = null;
        foreach (var variant in product.Variants)
        {
            if (!_owners.TryGetValue(variant.Sku, out var owner) || owner == product.Handle) continue;
            (taken ??= new(StringComparer.Ordinal)).Add(variant.Sku);
            refused.Add(new RefusedRow(variant.Row, "catalog.import.sku_taken",
                $"The SKU '{variant.Sku}' belongs to the product '{owner}'."));
        }
        return taken is null ? product : product.Without(taken);
    }

    /// <summary>The product's SKUs are from now on those it has; returns those it had.</summary>
    public IReadOnlyList<string> Hand(Product product)
    {
        var before = _skus.Remove(product.Handle, out var skus) ? skus.Order(StringComparer.Ordinal).ToList() : [];
        foreach (var sku in before)
        {
            if (_owners.TryGetValue(sku, out var owner) && owner == product.Handle) _owners.Remove(sku);
        }
        foreach (var variant in product.Variants) _owners[variant.Sku] = product.Handle;
        return before;
    }

    void Note(string sku, string handle)
    {
        if (!_skus.TryGetValue(handle, out var skus)) _skus[handle] = skus = new(StringComparer.Ordinal);
        skus.Add(sku);
    }
}
