using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Souk.Catalog.Images;
using Souk.Catalog.Import;

namespace Souk.Catalog;

/// <summary>
/// Staff reads and writes one product whole, for sale or not, by the rules of an import: all of it is taken or none. The
/// same again changes nothing and publishes nothing; on a version that is no longer the present one it is refused.
/// </summary>
static class EditProduct
{
    const int ListMax = 200;

    static readonly Refusal Running = Refusal.Conflict("catalog.import_running", "An import or another edit is under way. Try again when it has ended.");

    static readonly Refusal Changed = Refusal.PreconditionFailed("catalog.product_changed",
        "The product has changed since the version that was read. Read it again.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/catalog/staff/products", ListAsync).WithName("ListProductsForStaff").AllowStaff("catalog:write", supportToo: true);
        app.MapGet("/api/catalog/staff/products/{handle}", ReadAsync)
            .WithName("ReadProductForStaff")
            .ProducesProblem(404)
            .AllowStaff("catalog:write", supportToo: true);
        app.MapPut("/api/catalog/staff/products/{handle}", HandleAsync)
            .WithName("EditProduct")
            .ProducesProblem(409)
            .ProducesProblem(412)
            .AllowStaff("catalog:write");
    }

    static async Task<Results<Ok<StaffProductPage>, Refusal>> ListAsync(
        CatalogStore store, CancellationToken cancellation, string? query = null, string? after = null, int limit = 50)
    {
        if (limit is < 1 or > ListMax) return Refusal.BadRequest("catalog.products.limit_invalid", $"limit is 1 to {ListMax}.");
        var items = await store.ListAsync(query ?? "", after ?? "", limit, cancellation);
        return TypedResults.Ok(new StaffProductPage(items, items.Count == limit ? items[^1].Handle : null));
    }

    static async Task<Results<Ok<ProductEdit>, Refusal>> ReadAsync(string handle, CatalogStore store, CancellationToken cancellation) =>
        await FindAsync(handle, store, cancellation) is { } found ? TypedResults.Ok(found)
            : Refusal.NotFound("catalog.product_unknown", $"There is no product '{handle}' that can be edited.");

    static async Task<Results<Ok<ProductEdit>, Refusal>> HandleAsync(
        string handle, ProductEdit body, CatalogStore store, ImageStore images, Currency currency, IIdSource ids, CancellationToken cancellation)
    {
        handle = handle.ToLowerInvariant();
        var draft = body.ToDraft(handle, currency.Code);
        var hashes = await images.HashesAsync(draft.OwnImages, cancellation);
        var product = draft.Finish(hashes.GetValueOrDefault);
        if (product is null || draft.Refused.Count > 0) return Refused(400, draft.Refused);

        var holder = ids.NewId();
        if (!await store.TakeLeaseAsync(holder, cancellation)) return Running;
        try
        {
            // Nobody else writes products while the lease is held.
            if (body.Version is { } version && ((await store.SourceAsync(handle, cancellation))?.Version ?? 0) != version) return Changed;
            await store.SaveAsync(holder, [product], new SafeHtml(), cancellation, allOrNothing: true);
        }
        catch (RowsRefusedException refused)
        {
            return Refused(409, refused.Rows);
        }
        finally
        {
            await store.EndLeaseAsync(holder);
        }
        return TypedResults.Ok((await FindAsync(handle, store, cancellation))!);
    }

    static Refusal Refused(int status, IReadOnlyList<RefusedRow> rows) =>
        new Refusal(status, rows[0].Code, rows[0].Detail).With("refused", rows, CatalogJson.Default.IReadOnlyListRefusedRow);

    static async Task<ProductEdit?> FindAsync(string handle, CatalogStore store, CancellationToken cancellation) =>
        await store.SourceAsync(handle.ToLowerInvariant(), cancellation) is var (product, version) ? ProductEdit.Of(product, version) : null;
}

/// <summary>A page of products, for sale or not.</summary>
/// <param name="Items">By handle.</param>
/// <param name="Next">The <c>after</c> of the next page; null: this is the last.</param>
public sealed record StaffProductPage(IReadOnlyList<StaffProductEntry> Items, string? Next);

/// <summary>A product in a list for staff; prices in minor units.</summary>
public sealed record StaffProductEntry(
    string Handle, string Title, string Vendor, string Category, bool Published, long Price, long PriceMax, long Version);

/// <summary>A product whole, as it is edited.</summary>
/// <param name="Title">Needed.</param>
/// <param name="Description">HTML; what is not safe in it is taken out where it is shown.</param>
/// <param name="Vendor">Who makes it.</param>
/// <param name="Category">Where it stands in the shop.</param>
/// <param name="Tags">Without commas.</param>
/// <param name="Published">Whether it is for sale.</param>
/// <param name="Images">In their order.</param>
/// <param name="Options">Names of what can be chosen, such as Size; at most three.</param>
/// <param name="Variants">At least one.</param>
/// <param name="Version">The version that was read; null: whichever it is, 0: there is none yet.</param>
public sealed record ProductEdit(
    string? Title, string? Description, string? Vendor, string? Category, IReadOnlyList<string>? Tags, bool? Published,
    IReadOnlyList<Image>? Images, IReadOnlyList<string>? Options, IReadOnlyList<VariantEdit>? Variants, long? Version = null)
{
    internal static ProductEdit Of(Product product, long version) => new(
        product.Title, product.Description, product.Vendor, product.Category, product.Tags, product.ForSale,
        [.. product.Images.Select(image => image with { Src = Plain(image.Src) })], product.OptionNames,
        [.. product.Variants.Select(variant => new VariantEdit(variant.Sku, variant.Values, variant.Price, variant.CompareAtPrice,
            variant.Quantity, variant.Grams, variant.Image is { } image ? Plain(image.Src) : null))], version);

    /// <summary>The product as rows of a file, so that one set of rules judges both.</summary>
    internal ProductDraft ToDraft(string handle, string currency)
    {
        var draft = new ProductDraft(handle, currency);
        var (images, variants) = (Images ?? [], Variants ?? []);
        for (var at = 0; at < Math.Max(1, Math.Max(images.Count, variants.Count)); at++)
        {
            var row = new ProductRow(at + 1, handle)
            {
                Title = at == 0 ? (Title ?? "").Trim() : "",
                Description = at == 0 ? Description ?? "" : "",
                Vendor = at == 0 ? (Vendor ?? "").Trim() : "",
                Category = at == 0 ? (Category ?? "").Trim() : "",
                Tags = at == 0 ? string.Join(',', Tags ?? []) : "",
                Published = Published == true ? "true" : "false",
                ImageSrc = images.ElementAtOrDefault(at) is { Src: { } src } ? Plain(src) : "",
                ImagePosition = (at + 1).ToString(CultureInfo.InvariantCulture),
                ImageAlt = images.ElementAtOrDefault(at)?.Alt ?? "",
            };
            draft.Add(variants.ElementAtOrDefault(at) is { } variant ? variant.Into(row, Options ?? []) : row);
        }
        return draft;
    }

    /// <summary>A picture of the store's own without the hash of what it is at present.</summary>
    internal static string Plain(string src) => ImageName.IsOwn(src) ? src.Split('?', 2)[0] : src;
}

/// <summary>A variant, as it is edited; prices in minor units.</summary>
/// <param name="Sku">Unique in the store; none: one is made from the handle.</param>
/// <param name="Values">One for each option.</param>
/// <param name="Price">What it costs.</param>
/// <param name="CompareAtPrice">A former, higher price.</param>
/// <param name="Quantity">How many there are at first; Inventory counts from there.</param>
/// <param name="Grams">What one weighs.</param>
/// <param name="Image">Its own picture.</param>
public sealed record VariantEdit(
    string? Sku, IReadOnlyList<string>? Values, long? Price, long? CompareAtPrice, long? Quantity, long? Grams, string? Image)
{
    internal ProductRow Into(ProductRow row, IReadOnlyList<string> options) => row with
    {
        Sku = (Sku ?? "").Trim(),
        Options = [.. (Values ?? []).Take(Product.OptionsMax).Select((value, at) => (options.ElementAtOrDefault(at) ?? "", value ?? ""))],
        Price = Decimal(Price),
        CompareAtPrice = Decimal(CompareAtPrice),
        Quantity = Quantity?.ToString(CultureInfo.InvariantCulture) ?? "",
        Grams = Grams?.ToString(CultureInfo.InvariantCulture) ?? "",
        VariantImage = Image is null ? "" : ProductEdit.Plain(Image),
    };

    /// <summary>As a file writes it; what is below nothing stays so, and is refused.</summary>
    static string Decimal(long? price) => price is not { } minor ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{(minor < 0 ? "-" : "")}{Math.Abs(minor / 100)}.{Math.Abs(minor % 100):00}");
}
