using System.Globalization;
using System.Text.Unicode;
using CsvHelper;

namespace Souk.Catalog.Import;

/// <summary>One row of a product file, its fields trimmed; the number counts records, the header being row 1.</summary>
sealed record ProductRow(long Number, string Handle)
{
    public string Title { get; init; } = "";
    public string Description { get; init; } = "";
    public string Vendor { get; init; } = "";
    public string Category { get; init; } = "";
    public string Tags { get; init; } = "";
    public string Published { get; init; } = "";
    public string Status { get; init; } = "";
    public IReadOnlyList<(string Name, string Value)> Options { get; init; } = [];
    public string Sku { get; init; } = "";
    public string Quantity { get; init; } = "";
    public string Grams { get; init; } = "";
    public string Price { get; init; } = "";
    public string CompareAtPrice { get; init; } = "";
    public string ImageSrc { get; init; } = "";
    public string ImagePosition { get; init; } = "";
    public string ImageAlt { get; init; } = "";
    public string VariantImage { get; init; } = "";

    /// <summary>The row breaks the rules of quoting, so its fields cannot be trusted.</summary>
    public bool Misquoted { get; init; }

    /// <summary>Whether the row describes something to buy, and not just one more picture.</summary>
    public bool HasVariant => Price.Length > 0 || Sku.Length > 0 || Options.Any(option => option.Value.Length > 0);

    public int Length => Title.Length + Description.Length + Tags.Length + 200;
}

/// <summary>
/// Reads the product CSV that Shopify exports, row by row: a file of any size takes the memory of one row. Columns are
/// found by name, in any order; those that the store has no use for are passed over.
/// </summary>
sealed class ProductCsv : IDisposable
{
    const int RecordBytesMax = 1024 * 1024;

    readonly CsvReader _reader;
    Columns _columns = null!;
    bool _misquoted;

    public ProductCsv(Stream stream) => _reader = CsvReader.Create(stream, new CsvReaderOptions
    {
        Separator = ',',
        MaxRecordSize = RecordBytesMax,
        OnMalformedRecord = record =>
        {
            _misquoted = true;
            // The rest of the file is inside that quote.
            if (record.Reason == CsvMalformedReason.UnterminatedQuote) throw new FileRefusedException(
                "catalog.import.quote_open", $"The quote that begins in row {record.RecordNumber} is never closed.");
        },
    }, leaveOpen: true);

    /// <summary>
    /// Reads a file to its end without keeping anything but how often each handle begins anew, so that an import starts
    /// only on a file that can be read, and knows which products are scattered over it.
    /// </summary>
    /// <exception cref="FileRefusedException">The file cannot be read as a product CSV; nothing was changed.</exception>
    public static async Task<FileOutline> OutlineAsync(Stream stream, CancellationToken cancellation)
    {
        using var csv = new ProductCsv(stream);
        await csv.ReadHeaderAsync(cancellation);
        var outline = new FileOutline();
        while (await csv.NextAsync(cancellation))
        {
            if (!Utf8.IsValid(csv._reader.RawRecord)) throw new FileRefusedException("catalog.import.encoding_invalid",
                $"Row {csv._reader.RowNumber + 1} is not UTF-8. Save the file as CSV UTF-8.");
            outline.Add(csv._columns.Handle(csv._reader));
        }
        return outline;
    }

    /// <summary>The header's columns become known; without the needed ones the file is refused.</summary>
    public async Task ReadHeaderAsync(CancellationToken cancellation)
    {
        try
        {
            await _reader.ReadHeaderAsync(cancellation);
        }
        catch (CsvFormatException error)
        {
            throw Refused(error);
        }
        _columns = new Columns(_reader.Headers.ToArray());
    }

    /// <summary>The next row, or null at the end; rows without any value are passed over.</summary>
    public async Task<ProductRow?> ReadAsync(CancellationToken cancellation)
    {
        return await NextAsync(cancellation) ? _columns.Row(_reader, _reader.RowNumber + 1, _misquoted) : null;
    }

    public void Dispose() => _reader.Dispose();

    async Task<bool> NextAsync(CancellationToken cancellation)
    {
        try
        {
            do
            {
                _misquoted = false;
                if (!await _reader.ReadAsync(cancellation)) return false;
            }
            while (_columns.IsBlank(_reader));
            return true;
        }
        catch (CsvFormatException error)
        {
            throw Refused(error);
        }
    }

    static FileRefusedException Refused(CsvFormatException error) => new("catalog.import.row_too_large",
        string.Create(CultureInfo.InvariantCulture,
            $"Row {error.RecordNumber} is longer than {RecordBytesMax} bytes; perhaps a quote is never closed."));

    /// <summary>Where each field stands in this file. The names are those of Shopify's exports, old and new.</summary>
    sealed class Columns
    {
        readonly int _handle, _title, _description, _vendor, _type, _category, _googleCategory, _tags, _published, _status;
        readonly int _sku, _quantity, _grams, _price, _compareAtPrice, _imageSrc, _imagePosition, _imageAlt, _variantImage;
        readonly (int Name, int Value)[] _options;
        readonly int _count;

        public Columns(string[] headers)
        {
            int Find(params string[] names) => Array.FindIndex(headers, header =>
                names.Contains(header.Trim().TrimStart('\ufeff'), StringComparer.OrdinalIgnoreCase));

            _count = headers.Length;
            _handle = Find("Handle", "URL handle");
            _title = Find("Title");
            _description = Find("Body (HTML)", "Body HTML", "Description");
            _vendor = Find("Vendor");
            _type = Find("Type");
            _category = Find("Product Category", "Standard Product Type");
            _googleCategory = Find("Google Shopping / Google Product Category");
            _tags = Find("Tags");
            _published = Find("Published", "Published on online store");
            _status = Find("Status");
            _sku = Find("Variant SKU", "SKU");
            _quantity = Find("Variant Inventory Qty", "Inventory quantity");
            _grams = Find("Variant Grams", "Weight value (grams)");
            _price = Find("Variant Price", "Price");
            _compareAtPrice = Find("Variant Compare At Price", "Compare-at price");
            _imageSrc = Find("Image Src", "Product image URL");
            _imagePosition = Find("Image Position");
            _imageAlt = Find("Image Alt Text");
            _variantImage = Find("Variant Image", "Variant image URL");
            _options = [.. Enumerable.Range(1, Product.OptionsMax).Select(i => (Find($"Option{i} Name"), Find($"Option{i} Value")))];

            var missing = new List<string>();
            if (_handle < 0) missing.Add("Handle");
            if (_title < 0) missing.Add("Title");
            if (_price < 0) missing.Add("Variant Price");
            if (missing.Count > 0) throw new FileRefusedException("catalog.import.header_invalid",
                $"This is not a product CSV as Shopify exports it: its first line lacks {string.Join(", ", missing)}.");
        }

        public string Handle(CsvReader reader) => Text(reader, _handle).ToLowerInvariant();

        public bool IsBlank(CsvReader reader)
        {
            for (var i = 0; i < reader.FieldCount && i < _count; i++)
            {
                if (!reader.IsEmpty(i)) return false;
            }
            return true;
        }

        public ProductRow Row(CsvReader reader, long number, bool misquoted) => new(number, Handle(reader))
        {
            Title = Text(reader, _title),
            Description = Text(reader, _description),
            Vendor = Text(reader, _vendor),
            Category = Category(reader),
            Tags = Text(reader, _tags),
            // A file without the column says nothing; its products are for sale. An empty field says no.
            Published = _published < 0 ? "true" : Text(reader, _published),
            Status = Text(reader, _status),
            Options = [.. _options.Select(option => (Text(reader, option.Name), Text(reader, option.Value)))],
            Sku = Text(reader, _sku),
            Quantity = Text(reader, _quantity),
            Grams = Text(reader, _grams),
            Price = Text(reader, _price),
            CompareAtPrice = Text(reader, _compareAtPrice),
            ImageSrc = Text(reader, _imageSrc),
            ImagePosition = Text(reader, _imagePosition),
            ImageAlt = Text(reader, _imageAlt),
            VariantImage = Text(reader, _variantImage),
            Misquoted = misquoted,
        };

        /// <summary>The shop's own type; else the last part of a taxonomy's path, such as <c>Apparel &gt; Shirts</c>.</summary>
        string Category(CsvReader reader)
        {
            if (Text(reader, _type) is { Length: > 0 } type) return type;
            foreach (var column in (ReadOnlySpan<int>)[_category, _googleCategory])
            {
                var last = Text(reader, column).Split('>')[^1].Trim();
                // Google's taxonomy may be given by number, which is no name to show.
                if (last.Length > 0 && !last.All(char.IsAsciiDigit)) return last;
            }
            return "";
        }

        static string Text(CsvReader reader, int column)
        {
            if (column < 0 || column >= reader.FieldCount || reader.IsEmpty(column)) return "";
            var text = reader.GetString(column).Trim();
            // PostgreSQL cannot keep a NUL, and nobody can see one.
            return text.Contains('\0') ? text.Replace("\0", "", StringComparison.Ordinal) : text;
        }
    }
}

/// <summary>What a first reading of a file leaves: its length, and how often each handle begins anew.</summary>
sealed class FileOutline
{
    // Handles are kept as 64-bit hashes. Should two ever share one, their products are merely written a little later.
    readonly Dictionary<ulong, int> _runs = [];
    ulong _last;

    public long Rows { get; private set; }

    public void Add(string handle)
    {
        Rows++;
        var hash = Hash(handle);
        if (handle.Length == 0 || hash == _last) return;
        _last = hash;
        _runs[hash] = _runs.GetValueOrDefault(hash) + 1;
    }

    /// <summary>A product's rows have ended here; whether more of them come later in the file.</summary>
    public bool ComesAgain(string handle)
    {
        var hash = Hash(handle);
        return _runs.TryGetValue(hash, out var runs) && (_runs[hash] = runs - 1) > 0;
    }

    // FNV-1a.
    static ulong Hash(string handle)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in handle) hash = unchecked((hash ^ c) * 1099511628211UL);
        return hash;
    }
}

/// <summary>A file that cannot be imported at all.</summary>
sealed class FileRefusedException(string code, string detail) : Exception(detail)
{
    public string Code => code;
}
