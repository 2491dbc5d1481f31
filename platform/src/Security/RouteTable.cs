using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Souk.Platform.Security;

/// <summary>
/// <c>GET /internal/routes</c>, for the operator: every route of the running service, who may call it and which user it is
/// for, as the endpoints say it themselves. What is tested for each route of the store is tested for these.
/// </summary>
static class RouteTable
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/internal/routes", WriteAsync).AllowCallers("souk").ExcludeFromDescription();

    static async Task WriteAsync(HttpContext context)
    {
        var knowsUsers = context.RequestServices.GetService<UserTokens>() is not null;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartArray();
        foreach (var route in context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            json.WriteStartObject();
            json.WriteString("pattern", route.RoutePattern.RawText);
            // None: whatever the method.
            Write(json, "methods", route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods);
            Write(json, "accepts", route.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes);
            Write(json, "callers", route.Metadata.GetMetadata<Callers>()?.Services);
            // Where a service knows no users, a route says nothing of them by being for anyone.
            if (route.Metadata.GetMetadata<UserPolicy>() is { } policy && (knowsUsers || policy.Kind != UserKind.Anyone))
            {
                json.WriteString("user", policy.Kind.ToString());
                json.WriteString("scope", policy.Scope);
                json.WriteBoolean("supportToo", policy.SupportToo);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string>? texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts ?? []) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
