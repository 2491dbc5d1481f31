using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Souk.Cart;

/// <summary>
/// Sets how many of a SKU are in a cart. Repeated, it changes nothing more. Price and total are the store's own:
/// a request has no say in them.
/// </summary>
static class PutLine
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/api/cart/carts/{id}/lines/{sku}", HandleAsync)
        .WithName("PutLine")
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(412)
        .AddOpenApiOperationTransformer(IfMatch.Describe)
        .AllowPublic();

    static async Task<Results<Ok<CartView>, Refusal>> HandleAsync(
        string id, string sku, PutLineRequest body, CartStore store, TimeProvider clock, StoreCurrency currency,
        HttpContext context, CancellationToken cancellation)
    {
        if (!IfMatch.TryRead(context.Request, out var wanted)) return CartRefusals.IfMatchInvalid;
        // Before the cart is looked for: what is wrong in itself is told first.
        if (body.Quantity is not { } quantity || !Cart.IsQuantity(quantity)) return CartRefusals.QuantityInvalid;

        var now = clock.GetUtcNow();
        var (cart, refusal) = await store.ChangeAsync(id, context.Customer()?.Subject, Sku.FromRoute(sku), now, (cart, variant) =>
            wanted.Allows(cart.Version) ? cart.Put(variant, quantity, now) : CartRefusals.VersionStale, cancellation);
        return refusal is not null ? refusal : CartView.Answer(context.Response, cart!, currency);
    }
}

/// <summary>How many; null when what came was no whole number, or nothing. Whatever else is in the body is ignored.</summary>
sealed record PutLineRequest([property: JsonConverter(typeof(AnyQuantity))] int? Quantity);

/// <summary>Reads whatever stands for a quantity, so that the rule, and not the parser, says what is wrong with it.</summary>
sealed class AnyQuantity : JsonConverter<int?>
{
    public override bool HandleNull => true;

    /// <summary>What is read leniently is still promised strictly.</summary>
    public static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (context.JsonPropertyInfo?.CustomConverter is not AnyQuantity) return Task.CompletedTask;
        schema.Type = JsonSchemaType.Integer;
        schema.Minimum = Cart.QuantityMin.ToString(CultureInfo.InvariantCulture);
        schema.Maximum = Cart.QuantityMax.ToString(CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    }

    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var quantity)) return quantity;
        reader.Skip();
        return null;
    }

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options)
    {
        if (value is { } quantity) writer.WriteNumberValue(quantity);
        else writer.WriteNullValue();
    }
}

/// <summary>A SKU in an address.</summary>
static class Sku
{
    /// <summary>The server decodes a segment but for an encoded slash, which could not be told from a real one.</summary>
    public static string FromRoute(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
