using System.Runtime.CompilerServices;
using Souk.Catalog.Images;

namespace Souk.Catalog.Import;

/// <summary>One import under way: rows become products, products become batches, a batch is one transaction.</summary>
sealed class ImportRun(CatalogStore store, ImageStore images, FileOutline outline, string currency, string holder)
{
    // A batch ends with the product that fills it; the characters bound its memory where descriptions are long.
    const int BatchRows = 500;
    const int BatchLength = 4_000_000;
    const int ScatteredRowsMax = 20_000;
    const int RefusedShownMax = 1000;

    readonly SafeHtml _html = new();
    readonly List<ProductDraft> _batch = [];
    // Products whose rows come again later in the file wait here: stored twice, the second import of the same file
    // would see changes where there are none.
    readonly Dictionary<string, ProductDraft> _scattered = new(StringComparer.Ordinal);
    readonly List<RefusedRow> _refused = [];
    long _rows, _products, _created, _updated, _unchanged, _withdrawn, _refusedTotal;
    int _scatteredRows, _batchRows, _batchLength;

    public ImportSummary Summary => new(
        true, _rows, _products, _created, _updated, _unchanged, _withdrawn, [.. _refused.OrderBy(row => row.Row)], _refusedTotal);

    /// <summary>Runs to the end of the file; yields after each batch that is committed.</summary>
    public async IAsyncEnumerable<ImportProgress> RunAsync(
        ProductCsv csv, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ProductDraft? draft = null;
        while (await csv.ReadAsync(cancellation) is { } row)
        {
            _rows++;
            if (row.Handle.Length == 0)
            {
                Refuse(new RefusedRow(row.Number, "catalog.import.handle_missing", "The row has no handle."));
                continue;
            }
            if (draft?.Handle != row.Handle)
            {
                if (draft is not null) End(draft);
                draft = Begin(row);
                if (_batchRows >= BatchRows || _batchLength >= BatchLength) yield return await SaveAsync(cancellation);
            }
            draft.Add(row);
        }
        if (draft is not null) End(draft);
        foreach (var left in _scattered.Values) Add(left);
        yield return await SaveAsync(cancellation);
    }

    ProductDraft Begin(ProductRow row)
    {
        if (!_scattered.Remove(row.Handle, out var draft)) return new ProductDraft(row.Handle, currency);
        _scatteredRows -= draft.Rows;
        return draft;
    }

    void End(ProductDraft draft)
    {
        if (!outline.ComesAgain(draft.Handle))
        {
            Add(draft);
            return;
        }
        if (_scatteredRows + draft.Rows > ScatteredRowsMax) draft.GiveUp("catalog.import.rows_scattered",
            "The rows of too many products are scattered over the file. Sort it by handle.");
        _scatteredRows += draft.Rows;
        _scattered.Add(draft.Handle, draft);
    }

    void Add(ProductDraft draft)
    {
        _batch.Add(draft);
        _batchRows += draft.Rows;
        _batchLength += draft.Length;
    }

    async Task<ImportProgress> SaveAsync(CancellationToken cancellation)
    {
        var hashes = await images.HashesAsync(_batch.SelectMany(draft => draft.OwnImages), cancellation);
        var products = new List<Product>();
        foreach (var draft in _batch)
        {
            if (draft.Finish(hashes.GetValueOrDefault) is { } product) products.Add(product);
            foreach (var refused in draft.Refused) Refuse(refused);
        }
        var saved = await store.SaveAsync(holder, products, _html, cancellation);
        foreach (var refused in saved.Refused) Refuse(refused);
        _products += saved.Created + saved.Updated + saved.Unchanged + saved.Withdrawn;
        _created += saved.Created;
        _updated += saved.Updated;
        _unchanged += saved.Unchanged;
        _withdrawn += saved.Withdrawn;
        _batch.Clear();
        _batchRows = _batchLength = 0;
        return new ImportProgress(_rows, _products, outline.Rows);
    }

    void Refuse(RefusedRow row)
    {
        _refusedTotal++;
        if (_refused.Count < RefusedShownMax) _refused.Add(row);
    }
}
