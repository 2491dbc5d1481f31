using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Events;
using Souk.Platform.Security;

namespace Souk.Platform.Hosting;

/// <summary>
/// What a service promises and relies on, derived from its code: <c>/openapi/v1.json</c> (its HTTP API) and
/// <c>/openapi/events.json</c> (the events it publishes, and what it reads of those of others). The committed
/// <c>openapi.json</c> and <c>events.json</c> are compared with these by a test.
/// </summary>
static class Contracts
{
    static readonly JsonSchemaExporterOptions Schema = new() { TreatNullObliviousAsNonNullable = true };

    public static void Map(IEndpointRouteBuilder app, string service,
        IReadOnlyDictionary<string, JsonTypeInfo> published, IReadOnlyCollection<Subscription> subscriptions)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowCallers("souk", "console", "gateway").ExcludeFromDescription();
        app.MapGet("/openapi/events.json", (HttpContext context) =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(Describe(service, published, subscriptions).ToJsonString());
        }).AllowCallers("souk", "console", "gateway").ExcludeFromDescription();
    }

    static JsonObject Describe(string service,
        IReadOnlyDictionary<string, JsonTypeInfo> published, IReadOnlyCollection<Subscription> subscriptions)
    {
        var reads = new JsonObject();
        foreach (var subscription in subscriptions) reads[subscription.Producer] = Describe(subscription.Reads);
        return new JsonObject
        {
            ["source"] = "/services/" + service,
            ["specversion"] = "1.0",
            ["publishes"] = Describe(published),
            ["reads"] = reads,
        };
    }

    static JsonObject Describe(IEnumerable<KeyValuePair<string, JsonTypeInfo>> events)
    {
        var schemas = new JsonObject();
        foreach (var (type, json) in events) schemas[type] = json.GetJsonSchemaAsNode(Schema);
        return schemas;
    }
}
