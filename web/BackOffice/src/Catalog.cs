using System.Net.Http.Headers;
using System.Text.Json;

namespace Souk.BackOffice;

/// <summary>What the back office asks of Catalog.</summary>
public interface ICatalog
{
    /// <summary>Products by handle, for sale or not.</summary>
    Task<Answer<ProductList>> ListAsync(string? query, string? after, CancellationToken cancellation);

    Task<Answer<Product>> ProductAsync(string handle, CancellationToken cancellation);

    /// <summary>Writes a product whole, on the version that was read.</summary>
    Task<Answer<Product>> EditAsync(string handle, Product product, CancellationToken cancellation);

    /// <summary>Imports a CSV, and tells after each batch how far it has come: that much is taken, whatever happens next.</summary>
    Task<Answer<ImportReport>> ImportAsync(Stream csv, Action<ImportReport> tell, CancellationToken cancellation);
}

public sealed record ProductList(IReadOnlyList<ProductEntry> Items, string? Next);

/// <summary>A product in a list; prices in hundredths.</summary>
public sealed record ProductEntry(string Handle, string Title, string Vendor, string Category, bool Published, long Price, long PriceMax);

/// <summary>A product whole, as it is edited. Version 0: there is none yet.</summary>
public sealed record Product(
    string? Title, string? Description, string? Vendor, string? Category, IReadOnlyList<string>? Tags, bool Published,
    IReadOnlyList<Picture>? Images, IReadOnlyList<string>? Options, IReadOnlyList<Variant>? Variants, long Version);

public sealed record Picture(string? Src, string? Alt);

/// <summary>Prices in hundredths; the quantity is what there was at first, Inventory counts from there.</summary>
public sealed record Variant(
    string? Sku, IReadOnlyList<string>? Values, long? Price, long? CompareAtPrice, long? Quantity, long? Grams, string? Image);

/// <summary>How an import went, or, not <c>Done</c>, how far it has come.</summary>
public sealed record ImportReport(
    bool Done, long Rows, long Products, long Created, long Updated, long Unchanged, long Withdrawn, IReadOnlyList<RefusedRow>? Refused, long RefusedTotal, long Total);

/// <summary>A row that was not taken, and why.</summary>
public sealed record RefusedRow(long Row, string Code, string Detail);

/// <summary>Asks Catalog over HTTP.</summary>
sealed class CatalogClient(HttpClient http) : ICatalog
{
    const string Staff = "/api/catalog/staff/";

    public Task<Answer<ProductList>> ListAsync(string? query, string? after, CancellationToken cancellation) =>
        Wire.GetAsync(http, Wire.Query(Staff + "products", ("query", query), ("after", after)), Wire.Default.ProductList, cancellation);

    public Task<Answer<Product>> ProductAsync(string handle, CancellationToken cancellation) =>
        Wire.GetAsync(http, At(handle), Wire.Default.Product, cancellation);

    public Task<Answer<Product>> EditAsync(string handle, Product product, CancellationToken cancellation) => Wire.SendAsync(
        http, HttpMethod.Put, At(handle), JsonContent.Create(product, Wire.Default.Product), Wire.Default.Product, cancellation);

    public async Task<Answer<ImportReport>> ImportAsync(Stream csv, Action<ImportReport> tell, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Staff + "imports") { Content = new StreamContent(csv) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (await Wire.RefusalAsync(response, cancellation) is { } refusal) return new Answer<ImportReport>(null, refusal);
        ImportReport? last = null;
        using var lines = new StreamReader(await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellation));
        while (await lines.ReadLineAsync(cancellation) is { Length: > 0 } line)
        {
            last = JsonSerializer.Deserialize(line, Wire.Default.ImportReport)!;
            tell(last);
        }
        return new Answer<ImportReport>(last is { Done: true } ? last : throw new IOException("The import broke off."));
    }

    static string At(string handle) => Staff + "products/" + Uri.EscapeDataString(handle);
}
