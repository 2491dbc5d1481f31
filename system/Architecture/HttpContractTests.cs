using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Souk.Storefront;

namespace Souk.Architecture;

/// <summary>
/// The pages' own records against their providers' committed <c>openapi.json</c>: every field they read is in the
/// answer, with a kind of value that they can take.
/// </summary>
public sealed class HttpContractTests
{
    [Theory]
    [InlineData(typeof(ProductList), "Catalog", "/api/catalog/products")]
    [InlineData(typeof(Product), "Catalog", "/api/catalog/products/{handle}")]
    [InlineData(typeof(CategoryList), "Catalog", "/api/catalog/categories")]
    [InlineData(typeof(StockList), "Inventory", "/api/inventory/stock")]
    [InlineData(typeof(Storefront.Cart), "Cart", "/api/cart/carts/{id}")]
    [InlineData(typeof(BackOffice.OrderList), "Ordering", "/api/ordering/staff/orders")]
    [InlineData(typeof(BackOffice.StaffOrder), "Ordering", "/api/ordering/staff/orders/{id}")]
    [InlineData(typeof(BackOffice.AttentionList), "Ordering", "/api/ordering/staff/sagas")]
    [InlineData(typeof(BackOffice.StockList), "Inventory", "/api/inventory/staff/stock")]
    [InlineData(typeof(BackOffice.Stock), "Inventory", "/api/inventory/staff/stock/{sku}")]
    [InlineData(typeof(BackOffice.StockAudit), "Inventory", "/api/inventory/staff/stock/{sku}/audit")]
    [InlineData(typeof(BackOffice.ProductList), "Catalog", "/api/catalog/staff/products")]
    [InlineData(typeof(BackOffice.Product), "Catalog", "/api/catalog/staff/products/{handle}")]
    [InlineData(typeof(BackOffice.AccountList), "Login", "/api/login/accounts")]
    [InlineData(typeof(BackOffice.Account), "Login", "/api/login/accounts/{subject}")]
    public void What_the_pages_read_is_what_the_service_answers(Type read, string service, string path)
    {
        var api = JsonNode.Parse(File.ReadAllText(Repository.Path("services", service, "openapi.json")))!;
        var answer = api["paths"]?[path]?["get"]?["responses"]?["200"]?["content"]?["application/json"]?["schema"];
        Assert.True(answer is not null, $"{service} does not say what GET {path} answers.");
        var fields = Compare(api, $"GET {path}", JsonSerializerOptions.Web.GetTypeInfo(read), answer);
        Assert.True(fields > 0, $"No field of {read.Name} was compared.");
    }

    static int Compare(JsonNode api, string path, JsonTypeInfo read, JsonNode answer)
    {
        var schema = Resolve(api, answer);
        if (read.Kind == JsonTypeInfoKind.Enumerable)
        {
            Assert.True(schema["items"] is not null, $"{path} is read as a list and is none.");
            return Compare(api, path + "[]", read.Options.GetTypeInfo(read.ElementType!), schema["items"]!);
        }
        if (read.Kind != JsonTypeInfoKind.Object)
        {
            var kind = KindOf(read.Type);
            Assert.True(Kinds(schema).Contains(kind), $"{path} is read as {kind}, answered as {schema["type"]?.ToJsonString()}.");
            return 1;
        }

        var fields = 0;
        // What can only be got is the reader's own; what can be set comes from the answer.
        foreach (var field in read.Properties.Where(field => field.Set is not null || field.AssociatedParameter is not null))
        {
            var offered = schema["properties"]?[field.Name];
            Assert.True(offered is not null, $"{path}.{field.Name} is read and not answered.");
            fields += Compare(api, $"{path}.{field.Name}", read.Options.GetTypeInfo(field.PropertyType), offered);
        }
        return fields;
    }

    /// <summary>Follows references, and takes the part of "or null" that is not null.</summary>
    static JsonNode Resolve(JsonNode api, JsonNode schema)
    {
        if (schema["oneOf"] is JsonArray choices) schema = choices.First(choice => choice!["type"]?.ToString() != "null")!;
        return schema["$ref"] is { } reference
            ? api["components"]!["schemas"]![reference.GetValue<string>().Split('/')[^1]]!
            : schema;
    }

    static IEnumerable<string> Kinds(JsonNode schema) => schema["type"] switch
    {
        JsonArray several => several.Select(kind => kind!.GetValue<string>()),
        { } one => [one.GetValue<string>()],
        null when schema["enum"] is not null => ["string"],
        null => [],
    };

    static string KindOf(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.String => "string",
        TypeCode.Boolean => "boolean",
        TypeCode.Int32 or TypeCode.Int64 => "integer",
        TypeCode.Double or TypeCode.Decimal => "number",
        _ => Nullable.GetUnderlyingType(type) == typeof(DateTimeOffset) || type == typeof(DateTimeOffset) ? "string" : type.Name,
    };
}
