namespace Souk.Catalog.Search;

/// <summary>What was counted for a set of filters: the words that matched, how many products, the facets.</summary>
sealed record Counts(string[][]? Match, long Total, Facets Facets);

/// <summary>
/// Counts of the present revision of the catalogue. Counting looks at every product; a shelf is looked at far more often
/// than it changes, and the next page of it, or another order, counts the same.
/// </summary>
sealed class CountCache
{
    const int EntriesMax = 500;

    readonly Lock _gate = new();
    readonly Dictionary<string, Counts> _entries = new(StringComparer.Ordinal);
    long _revision;

    public Counts? Find(Criteria criteria, long revision)
    {
        lock (_gate) return revision == _revision ? _entries.GetValueOrDefault(KeyOf(criteria)) : null;
    }

    public void Keep(Criteria criteria, long revision, Counts counts)
    {
        lock (_gate)
        {
            if (revision < _revision) return;
            if (revision > _revision || _entries.Count == EntriesMax) _entries.Clear();
            _revision = revision;
            _entries[KeyOf(criteria)] = counts;
        }
    }

    static string KeyOf(Criteria criteria) => string.Join('\u001e',
        criteria.Words is null ? "-" : "+" + string.Join('\u001f', criteria.Words),
        string.Join('\u001f', criteria.Categories), string.Join('\u001f', criteria.Vendors),
        string.Join('\u001f', criteria.Tags), criteria.MinPrice, criteria.MaxPrice);
}
