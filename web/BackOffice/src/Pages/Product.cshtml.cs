using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;

namespace Souk.BackOffice.Pages;

/// <summary>
/// A product whole, on the version that was read: who was slower is told so, and keeps what was typed. Saved twice it is the
/// same product, so it needs no key.
/// </summary>
[RequestFormLimits(ValueCountLimit = FieldsMax)]
public sealed class ProductModel(ICatalog catalog) : StaffPage
{
    public const int OptionsMax = 3;

    // A row of a variant has nine; a product may have many.
    const int FieldsMax = 20_000;

    public string Handle { get; private set; } = "";

    /// <summary>As it is, or as it was typed; null: Catalog does not answer.</summary>
    public Product? Product { get; private set; }

    /// <summary>What Catalog did not take.</summary>
    public IReadOnlyList<RefusedRow> Wrong { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(string? handle, bool isNew)
    {
        if (string.IsNullOrEmpty(handle)) return NotFound();
        Handle = handle;
        var part = await AskAsync("product", stop => catalog.ProductAsync(handle, stop));
        if (!part.Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { Status: StatusCodes.Status404NotFound } && isNew) Product = new Product(null, null, null, null, null, false, null, null, null, 0);
        else if (answer.Refusal is { Status: StatusCodes.Status404NotFound }) return NotFound();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
        else Product = answer.Value;
        return Page();
    }

    public async Task<IActionResult> OnPostSaveAsync(string? handle)
    {
        if (string.IsNullOrEmpty(handle) || Number(Request.Form["version"]) is not { } version) return BadRequest();
        Handle = handle;
        var areNumbers = true;
        Product = Read(version, ref areNumbers);
        if (!areNumbers)
        {
            Refuse("form.price");
            return Page();
        }
        var part = await ChangeAsync("edit", stop => catalog.EditAsync(handle, Product, stop));
        if (IsDone(part, out _)) return SeeOther(Text.ProductAt(handle), "saved");
        if (part.Has(out var answer)) Wrong = answer.Refusal?.Refused ?? [];
        return Page();
    }

    /// <summary>The form as a product. Each row of variants and pictures sends each of its fields, so the n-th are one row's.</summary>
    Product Read(long version, ref bool areNumbers)
    {
        var form = Request.Form;
        // What has no name is no option, whatever stands in its column.
        List<int> columns = [.. Enumerable.Range(0, OptionsMax).Where(column => Field(form["option"], column).Length > 0)];
        var variants = new List<Variant>();
        for (var row = 0; row < form["sku"].Count; row++)
        {
            var sku = Field(form["sku"], row);
            if (sku.Length == 0 && Field(form["price"], row).Length == 0) continue;
            variants.Add(new Variant(
                sku, [.. columns.Select(column => Field(form["value"], row * OptionsMax + column))],
                Price(Field(form["price"], row), ref areNumbers), Price(Field(form["before"], row), ref areNumbers),
                Count(Field(form["quantity"], row), ref areNumbers), Count(Field(form["grams"], row), ref areNumbers),
                Field(form["picture"], row) is { Length: > 0 } picture ? picture : null));
        }
        var pictures = form["src"].Select((src, row) => new Picture(src?.Trim(), Field(form["alt"], row))).Where(picture => picture.Src is { Length: > 0 });
        return new Product(
            form["title"], Lines(form["description"]), form["vendor"], form["category"],
            form["tags"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            form["published"] == "true", [.. pictures], [.. columns.Select(column => Field(form["option"], column))], variants, version);
    }

    /// <summary>Browsers end lines with two characters, whatever they were shown.</summary>
    static string Lines(StringValues text) => text.ToString().ReplaceLineEndings("\n");

    static string Field(StringValues fields, int row) => fields.ElementAtOrDefault(row)?.Trim() ?? "";

    /// <summary>Hundredths, as Catalog counts; nothing typed is no price.</summary>
    static long? Price(string typed, ref bool areNumbers) => Taken(typed, Money.Parse(typed, "EUR"), ref areNumbers);

    static long? Count(string typed, ref bool areNumbers) => Taken(typed, Number(typed), ref areNumbers);

    static long? Taken(string typed, long? number, ref bool areNumbers)
    {
        areNumbers &= typed.Length == 0 || number is not null;
        return number;
    }
}
