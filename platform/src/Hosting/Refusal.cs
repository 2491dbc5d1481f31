using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Platform.Hosting;

/// <summary>
/// The business says no: a returned value, answered as problem+json (RFC 9457) with a stable code.
/// </summary>
/// <param name="Status">A 4xx status.</param>
/// <param name="Code">Stable, for programs: <c>cart.line.quantity_invalid</c>.</param>
/// <param name="Detail">For the reader: what is wrong and what would be right.</param>
public sealed record Refusal(int Status, string Code, string Detail) : IResult, IEndpointMetadataProvider
{
    /// <summary>400: the request itself is wrong.</summary>
    public static Refusal BadRequest(string code, string detail) => new(400, code, detail);

    /// <summary>401: the caller has not shown who it is.</summary>
    public static Refusal Unauthorized(string code, string detail) => new(401, code, detail);

    /// <summary>403: the caller may not do this.</summary>
    public static Refusal Forbidden(string code, string detail) => new(403, code, detail);

    /// <summary>404: there is no such thing, or it is not the caller's.</summary>
    public static Refusal NotFound(string code, string detail) => new(404, code, detail);

    /// <summary>409: it contradicts the present state.</summary>
    public static Refusal Conflict(string code, string detail) => new(409, code, detail);

    /// <summary>412: the caller's version is not the present one.</summary>
    public static Refusal PreconditionFailed(string code, string detail) => new(412, code, detail);

    /// <summary>422: understood, and still not acceptable.</summary>
    public static Refusal Unprocessable(string code, string detail) => new(422, code, detail);

    /// <summary>What a program needs beside the code, as further members of the answer: the SKUs that are short, a new quote.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Members { get; init; }

    /// <summary>The same refusal with one more member.</summary>
    /// <param name="name">Of the member, camelCase.</param>
    /// <param name="value">Its content.</param>
    /// <param name="json">How it is written.</param>
    public Refusal With<T>(string name, T value, JsonTypeInfo<T> json) => this with
    {
        Members = new Dictionary<string, JsonElement>(Members ?? new Dictionary<string, JsonElement>())
        {
            [name] = JsonSerializer.SerializeToElement(value, json),
        },
    };

    /// <summary>Writes the answer.</summary>
    public Task ExecuteAsync(HttpContext httpContext) => Problem.WriteAsync(httpContext, Status, Code, Detail, Members);

    /// <summary>Tells OpenAPI that the endpoint may refuse.</summary>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(400, typeof(ProblemDetails), ["application/problem+json"]));
}

/// <summary>Writes problem+json without reflection: type, title, status, detail, code, traceId.</summary>
static class Problem
{
    /// <summary>
    /// Names the service where a fault or bug began, inside the system only: wrappers keep it, the gateway takes it off.
    /// </summary>
    public const string FaultHeader = "Souk-Fault-Service";

    static readonly IReadOnlyDictionary<string, JsonElement> Empty = new Dictionary<string, JsonElement>();

    public static async Task WriteAsync(
        HttpContext context, int status, string code, string detail, IReadOnlyDictionary<string, JsonElement>? members = null)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        // Whoever answered without a body may have said so: a proxied 404 has a Content-Length of 0.
        response.ContentLength = null;
        if (status == 503 && response.Headers.RetryAfter.Count == 0) response.Headers.RetryAfter = "1";
        if (HttpMethods.IsHead(context.Request.Method)) return;

        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status));
        json.WriteNumber("status", status);
        json.WriteString("detail", detail);
        json.WriteString("code", code);
        json.WriteString("traceId", Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier);
        foreach (var (name, value) in members ?? Empty)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
