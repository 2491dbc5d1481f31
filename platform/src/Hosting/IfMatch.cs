using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Souk.Platform.Hosting;

/// <summary>
/// The versions that a caller will change, from <c>If-Match</c> (RFC 9110, 13.1.1). Without the header, and with
/// <c>*</c>, any. Tags are compared strongly: a weak one matches nothing.
/// </summary>
/// <param name="Tags">The tags of the header; null: any version.</param>
public readonly record struct IfMatch(IReadOnlyList<EntityTagHeaderValue>? Tags)
{
    /// <summary>Reads the header; false when it is there and makes no sense.</summary>
    /// <param name="request">The request.</param>
    /// <param name="wanted">The versions that it is for.</param>
    public static bool TryRead(HttpRequest request, out IfMatch wanted)
    {
        wanted = default;
        if (request.Headers.IfMatch is not { Count: > 0 } header) return true;
        if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags) || tags.Count == 0) return false;
        if (!tags.Contains(EntityTagHeaderValue.Any))
        {
            wanted = new IfMatch([.. tags]);
            return true;
        }
        return tags.Count == 1;
    }

    /// <summary>Tells OpenAPI of the header, on the operation that it is added to.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="context">Not looked at.</param>
    /// <param name="cancellation">Not looked at.</param>
    public static Task Describe(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = HeaderNames.IfMatch,
            In = ParameterLocation.Header,
            Description = "The ETag of the version to change; without it, or with *, any.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
        return Task.CompletedTask;
    }

    /// <summary>Whether a thing may be changed that is at this version, which is its ETag.</summary>
    /// <param name="version">Its version.</param>
    public bool Allows(long version)
    {
        if (Tags is null) return true;
        var present = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{version}\""));
        return Tags.Any(tag => tag.Compare(present, useStrongComparison: true));
    }
}
