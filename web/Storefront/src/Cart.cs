using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Souk.Storefront;

/// <summary>What the shop asks of Cart.</summary>
public interface ICart
{
    Task<Cart> CreateAsync(CancellationToken cancellation);

    /// <summary>The cart; null where it is unknown or has expired.</summary>
    Task<Cart?> ReadAsync(string id, CancellationToken cancellation);

    /// <summary>The cart of whoever has signed in; everybody has one.</summary>
    Task<Cart> ReadOwnAsync(CancellationToken cancellation);

    /// <summary>The own cart, with a guest's merged into it; null where there is no such guest's cart.</summary>
    Task<Cart?> ClaimAsync(string id, CancellationToken cancellation);

    /// <summary>Sets how many of a SKU are in it, if it is still the version that was read.</summary>
    Task<CartAnswer> PutLineAsync(string id, string sku, int quantity, long? version, CancellationToken cancellation);

    Task<CartAnswer> RemoveLineAsync(string id, string sku, CancellationToken cancellation);
}

/// <summary>
/// What Cart said to a change: the cart, or the code of its refusal. <c>Repeated</c>: the platform sent it again after
/// an answer was lost, so a stale version may be our own doing.
/// </summary>
public sealed record CartAnswer(Cart? Cart, string? Code, bool Repeated = false)
{
    public const string Stale = "cart.version_stale";
    public const string CartUnknown = "cart.cart_unknown";
}

public sealed record Cart
{
    public static readonly Cart Empty = new() { Id = "" };

    public required string Id { get; init; }
    public long Version { get; init; }
    public IReadOnlyList<CartLine> Lines { get; init; } = [];
    public int ItemCount { get; init; }
    public Money? Total { get; init; }

    public int QuantityOf(string sku) => Lines.FirstOrDefault(line => line.Sku == sku)?.Quantity ?? 0;
}

public sealed record CartLine
{
    public required string Sku { get; init; }
    public required string Title { get; init; }
    public string? VariantTitle { get; init; }
    public required string ProductHandle { get; init; }
    public Picture? Image { get; init; }
    public int Quantity { get; init; }
    public required Money UnitPrice { get; init; }
    public required Money LineTotal { get; init; }
    public Money? AddedPrice { get; init; }
    public bool PriceChanged { get; init; }
    public bool Available { get; init; } = true;
}

public sealed record LinePut(int Quantity);

/// <summary>Asks Cart over HTTP.</summary>
sealed class CartClient(HttpClient http) : ICart
{
    public async Task<Cart> CreateAsync(CancellationToken cancellation)
    {
        using var response = await http.PostAsync("/api/cart/carts", null, cancellation);
        return await Wire.ReadAsync(response, Wire.Default.Cart, cancellation);
    }

    public async Task<Cart?> ReadAsync(string id, CancellationToken cancellation)
    {
        using var response = await http.GetAsync("/api/cart/carts/" + Uri.EscapeDataString(id), cancellation);
        return response.StatusCode == HttpStatusCode.NotFound ? null
            : await Wire.ReadAsync(response, Wire.Default.Cart, cancellation);
    }

    public async Task<Cart> ReadOwnAsync(CancellationToken cancellation)
    {
        using var response = await http.GetAsync("/api/cart/carts/mine", cancellation);
        return await Wire.ReadAsync(response, Wire.Default.Cart, cancellation);
    }

    public async Task<Cart?> ClaimAsync(string id, CancellationToken cancellation)
    {
        using var response = await http.PostAsync($"/api/cart/carts/{Uri.EscapeDataString(id)}/claim", null, cancellation);
        return response.StatusCode == HttpStatusCode.NotFound ? null
            : await Wire.ReadAsync(response, Wire.Default.Cart, cancellation);
    }

    public async Task<CartAnswer> PutLineAsync(string id, string sku, int quantity, long? version, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Line(id, sku));
        request.Content = new LineBody(JsonSerializer.SerializeToUtf8Bytes(new LinePut(quantity), Wire.Default.LinePut));
        if (version is { } read) request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{read}\""));
        return await SendAsync(request, cancellation);
    }

    public async Task<CartAnswer> RemoveLineAsync(string id, string sku, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, Line(id, sku));
        return await SendAsync(request, cancellation);
    }

    static string Line(string id, string sku) => $"/api/cart/carts/{Uri.EscapeDataString(id)}/lines/{Uri.EscapeDataString(sku)}";

    async Task<CartAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await http.SendAsync(request, cancellation);
        if ((int)response.StatusCode is < 400 or >= 500)
        {
            return new CartAnswer(await Wire.ReadAsync(response, Wire.Default.Cart, cancellation), null);
        }
        var problem = await response.Content.ReadFromJsonAsync(Wire.Default.Problem, cancellation);
        return new CartAnswer(null, problem?.Code ?? "request.refused", request.Content is LineBody { Sent: > 1 });
    }

    /// <summary>A body that knows how often it went out: the platform sends an idempotent call again after a fault.</summary>
    sealed class LineBody : HttpContent
    {
        readonly byte[] _json;

        public LineBody(byte[] json)
        {
            _json = json;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        public int Sent { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            Sent++;
            await stream.WriteAsync(_json);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _json.Length;
            return true;
        }
    }
}
