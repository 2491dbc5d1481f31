using System.Globalization;
using Souk.Catalog.Images;
using Souk.Catalog.Search;

namespace Souk.Catalog.Import;

/// <summary>A row that was not taken, and why.</summary>
public sealed record RefusedRow(long Row, string Code, string Detail);

/// <summary>
/// A product being put together from its rows. A refused row adds no variant; what it says of the product as a whole
/// (title, description, a picture) counts all the same.
/// </summary>
sealed class ProductDraft(string handle, string currency)
{
    const string NoOptions = "Default Title";
    const string OtherCategory = "Other";

    readonly List<RefusedRow> _refused = [];
    readonly List<VariantRow> _variants = [];
    readonly List<(int Position, Image Image)> _images = [];
    readonly string[] _optionNames = ["", "", ""];
    string _title = "", _description = "", _vendor = "", _category = "", _tags = "", _published = "", _status = "";
    long _firstRow;
    bool _givenUp;

    public string Handle => handle;

    public IReadOnlyList<RefusedRow> Refused => _refused;

    /// <summary>Names of pictures that the store would serve itself.</summary>
    public IEnumerable<string> OwnImages => _images.Select(entry => entry.Image.Src)
        .Concat(_variants.Select(row => row.Image.Length == 0 ? null : ImageAddress(row.Image)).OfType<string>())
        .Where(ImageName.IsOwn).Select(ImageName.NameOf);

    /// <summary>Rows taken so far, and roughly how many characters they hold.</summary>
    public int Rows { get; private set; }

    public int Length { get; private set; }

    public void Add(ProductRow row)
    {
        if (_givenUp) return;
        if (_firstRow == 0) _firstRow = row.Number;
        Rows++;
        Length += row.Length;
        if (row.Misquoted)
        {
            Refuse(row.Number, "catalog.import.quoting_invalid", "A quote stands where none may; double it inside a quoted field.");
            return;
        }

        Keep(ref _title, row.Title);
        Keep(ref _description, row.Description);
        Keep(ref _vendor, row.Vendor);
        Keep(ref _category, row.Category);
        Keep(ref _tags, row.Tags);
        Keep(ref _published, row.Published);
        Keep(ref _status, row.Status);
        for (var i = 0; i < row.Options.Count; i++) Keep(ref _optionNames[i], row.Options[i].Name);
        AddImage(row);
        if (row.HasVariant || row.Title.Length > 0) AddVariant(row);
        else if (row.ImageSrc.Length == 0) Refuse(row.Number, "catalog.import.row_empty", "The row has neither a price nor an image.");
    }

    /// <summary>Refuses the product as a whole and forgets its rows.</summary>
    public void GiveUp(string code, string detail)
    {
        if (_givenUp) return;
        _givenUp = true;
        _variants.Clear();
        _images.Clear();
        _refused.Clear();
        Rows = Length = 0;
        RefuseAll(code, detail);
    }

    /// <summary>The product, or null where nothing is left to sell; <see cref="Refused"/> then says why.</summary>
    /// <param name="imageHash">The hash of a picture that the store holds itself, by its name; null where it holds none.</param>
    public Product? Finish(Func<string, string?> imageHash)
    {
        if (_givenUp) return null;
        if (HandleProblem() is { } problem)
        {
            RefuseAll("catalog.import.handle_invalid", problem);
            return null;
        }
        if (_title.Length == 0)
        {
            RefuseAll("catalog.import.title_missing", $"No row of '{handle}' has a title.");
            return null;
        }
        if (_title.Length > Product.TextLengthMax || _vendor.Length > Product.TextLengthMax || _category.Length > Product.TextLengthMax)
        {
            RefuseAll("catalog.import.text_too_long",
                $"Title, vendor and type have at most {Product.TextLengthMax} characters.");
            return null;
        }

        var images = _images.OrderBy(entry => entry.Position).Select(entry => Own(entry.Image, imageHash)).ToList();
        var hasOptions = _variants.Exists(HasOptions);
        var variants = new List<Variant>();
        var skus = new HashSet<string>(StringComparer.Ordinal);
        var combinations = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in _variants)
        {
            IReadOnlyList<string> values = hasOptions ? row.Values : [];
            var sku = row.Sku.Length > 0 ? row.Sku : Sku.For(handle, values);
            if (!combinations.Add(string.Join('\u001f', values)))
            {
                Refuse(row.Number, "catalog.import.variant_repeated", $"'{handle}' has these options in an earlier row.");
            }
            else if (!skus.Add(sku))
            {
                Refuse(row.Number, "catalog.import.sku_repeated", $"The SKU '{sku}' stands in an earlier row of '{handle}'.");
            }
            else
            {
                variants.Add(new Variant(sku, values, row.Price, row.CompareAtPrice, VariantImage(row, images, imageHash), row.Quantity, row.Grams, row.Number));
            }
        }
        if (variants.Count == 0)
        {
            if (_refused.Count == 0) RefuseAll("catalog.import.price_missing", $"No row of '{handle}' has a price.");
            return null;
        }

        var options = hasOptions ? variants.Max(variant => variant.Values.Count) : 0;
        return new Product(
            handle, _title, _description, _vendor, _category.Length > 0 ? _category : OtherCategory, Tags(), images,
            [.. _optionNames.Take(options).Select((name, i) => name.Length > 0 ? name : $"Option {i + 1}")],
            variants, currency, ForSale());
    }

    void AddVariant(ProductRow row)
    {
        if (row.Price.Length == 0)
        {
            Refuse(row.Number, "catalog.import.price_missing", "The row has no price.");
        }
        else if (!Price.TryParse(row.Price, out var price))
        {
            Refuse(row.Number, "catalog.import.price_invalid",
                $"'{Short(row.Price)}' is no price: digits, with at most two decimals after a point.");
        }
        else if (!TryReadCompareAt(row.CompareAtPrice, price, out var compareAt))
        {
            Refuse(row.Number, "catalog.import.compare_at_price_invalid",
                $"'{Short(row.CompareAtPrice)}' is no price: digits, with at most two decimals after a point.");
        }
        else if (!TryReadQuantity(row.Quantity, out var quantity, out var negative))
        {
            Refuse(row.Number, negative ? "catalog.import.quantity_negative" : "catalog.import.quantity_invalid",
                $"'{Short(row.Quantity)}' is no quantity: a whole number from 0.");
        }
        else if (!TryReadWhole(row.Grams, out var grams))
        {
            Refuse(row.Number, "catalog.import.grams_invalid", $"'{Short(row.Grams)}' is no weight: whole grams from 0.");
        }
        else if (row.Sku.Length > Sku.LengthMax || row.Sku.Any(char.IsControl))
        {
            Refuse(row.Number, "catalog.import.sku_invalid", $"A SKU has at most {Sku.LengthMax} visible characters.");
        }
        else if (_variants.Count == Product.VariantsMax)
        {
            Refuse(row.Number, "catalog.import.variants_too_many", $"A product has at most {Product.VariantsMax} variants.");
        }
        else
        {
            var values = row.Options.Select(option => option.Value).TakeWhile(value => value.Length > 0)
                .Select(value => Limit(value)).ToList();
            _variants.Add(new VariantRow(row.Number, row.Sku, values, price, compareAt, row.VariantImage, quantity, grams));
        }
    }

    void AddImage(ProductRow row)
    {
        if (row.ImageSrc.Length == 0) return;
        if (ImageAddress(row.ImageSrc) is not { } address)
        {
            Refuse(row.Number, "catalog.import.image_invalid",
                $"'{Short(row.ImageSrc)}' is neither an http address nor the name of an image file.");
        }
        else if (_images.Exists(entry => entry.Image.Src == address))
        {
            // Exports repeat a picture on the row of each variant that shows it.
        }
        else if (_images.Count == Product.ImagesMax)
        {
            Refuse(row.Number, "catalog.import.images_too_many", $"A product has at most {Product.ImagesMax} images.");
        }
        else
        {
            var position = int.TryParse(row.ImagePosition, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
                ? given : int.MaxValue;
            _images.Add((position, new Image(address, Limit(row.ImageAlt))));
        }
    }

    /// <summary>A picture of the store's own carries the hash of its content, so that it can be cached for ever.</summary>
    Image Own(Image image, Func<string, string?> imageHash)
    {
        var alt = image.Alt.Length > 0 ? image.Alt : _title;
        if (!ImageName.IsOwn(image.Src)) return image with { Alt = alt };
        var hash = imageHash(ImageName.NameOf(image.Src));
        return new Image(hash is null ? image.Src : $"{image.Src}?v={hash}", alt);
    }

    Image? VariantImage(VariantRow row, List<Image> images, Func<string, string?> imageHash)
    {
        if (row.Image.Length == 0 || ImageAddress(row.Image) is not { } address) return null;
        var own = Own(new Image(address, ""), imageHash);
        return images.Find(image => image.Src == own.Src) ?? own;
    }

    /// <summary>A remote address as it is; the name of a file beside the catalogue as the address the store serves it at.</summary>
    static string? ImageAddress(string src)
    {
        if (src.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || src.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(src, UriKind.Absolute, out _) && src.Length <= 2048 ? src : null;
        }
        var name = src[(src.LastIndexOf('/') + 1)..];
        return !src.Contains(':') && !src.StartsWith("//", StringComparison.Ordinal) && ImageName.IsValid(name)
            ? ImageName.AddressOf(name) : null;
    }

    static bool HasOptions(VariantRow row) =>
        row.Values.Count > 1 || (row.Values.Count == 1 && !row.Values[0].Equals(NoOptions, StringComparison.OrdinalIgnoreCase));

    List<string> Tags() => [.. _tags
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(Limit).DistinctBy(Words.Fold).Take(Product.TagsMax)];

    bool ForSale() => _published.Equals("true", StringComparison.OrdinalIgnoreCase)
        && (_status.Length == 0 || _status.Equals("active", StringComparison.OrdinalIgnoreCase));

    string? HandleProblem() =>
        handle.Length > Product.TextLengthMax ? $"A handle has at most {Product.TextLengthMax} characters."
        : !handle.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.') || handle.All(c => c == '.')
            ? $"'{Short(handle)}' is no handle: letters, digits, '-', '_' and '.'."
        : null;

    /// <summary>Says it once, of the product's first row, unless that has a reason of its own.</summary>
    void RefuseAll(string code, string detail)
    {
        if (!_refused.Exists(row => row.Row == _firstRow)) Refuse(_firstRow, code, detail);
    }

    void Refuse(long row, string code, string detail) => _refused.Add(new RefusedRow(row, code, detail));

    static bool TryReadCompareAt(string text, long price, out long? compareAt)
    {
        compareAt = null;
        if (text.Length == 0) return true;
        if (!Price.TryParse(text, out var value)) return false;
        // Only a higher price is a bargain to show.
        if (value > price) compareAt = value;
        return true;
    }

    static bool TryReadQuantity(string text, out long quantity, out bool negative)
    {
        negative = text.Length > 1 && text[0] == '-' && text.Skip(1).All(char.IsAsciiDigit);
        return TryReadWhole(text, out quantity);
    }

    /// <summary>A whole number from 0, as long as no sum of such can overflow; nothing is 0.</summary>
    static bool TryReadWhole(string text, out long number)
    {
        number = 0;
        return text.Length == 0
            || (text.Length <= 9 && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number));
    }

    static void Keep(ref string field, string value)
    {
        if (field.Length == 0) field = value;
    }

    static string Limit(string text) => text.Length <= Product.TextLengthMax ? text : text[..Product.TextLengthMax];

    static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";

    sealed record VariantRow(
        long Number, string Sku, IReadOnlyList<string> Values, long Price, long? CompareAtPrice, string Image, long Quantity, long Grams);
}
