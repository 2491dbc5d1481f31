using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Inventory;

/// <summary>Whether a shopper can have these SKUs, in the order of the question. A SKU never heard of is "unknown", not an error.</summary>
static class ReadAvailability
{
    const int SkusMax = 100;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/inventory/stock", HandleAsync)
        .WithName("ReadAvailability")
        .AllowPublic();

    static async Task<Results<Ok<AvailabilityView>, Refusal>> HandleAsync(
        [FromQuery(Name = "sku")] string[] skus, StockStore store, CancellationToken cancellation)
    {
        if (skus.Length is 0 or > SkusMax || !skus.All(Sku.IsValid)) return StockRefusals.SkusInvalid;
        string[] asked = [.. skus.Distinct(StringComparer.Ordinal)];
        var known = await store.ReadAsync(asked, cancellation);
        return TypedResults.Ok(new AvailabilityView([.. asked.Select(sku => View(sku, known.GetValueOrDefault(sku)))]));
    }

    static SkuAvailability View(string sku, Stock? stock)
    {
        var shown = stock?.Shown ?? Shown.Unknown;
        return new(sku, shown.Availability, shown.Available);
    }
}

/// <summary>What a shopper is told of each SKU; <c>available</c> is exact below 10, null above and for an unknown SKU.</summary>
sealed record AvailabilityView(IReadOnlyList<SkuAvailability> Items);

/// <summary>One of them.</summary>
sealed record SkuAvailability(string Sku, Availability Availability, long? Available);

/// <summary>A SKU, and whatever else is a name in an address: an order's id, a key.</summary>
static class Sku
{
    const int LengthMax = 200;

    /// <summary>PostgreSQL cannot hold a NUL, and nobody prints a control character on a label.</summary>
    public static bool IsValid(string? sku) => sku is { Length: > 0 and <= LengthMax } && !sku.Any(char.IsControl);

    /// <summary>The server decodes a segment but for an encoded slash, which could not be told from a real one.</summary>
    public static string FromRoute(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
