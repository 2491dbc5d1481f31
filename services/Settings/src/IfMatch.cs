using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Souk.Settings;

/// <summary>
/// The versions that a caller will change, from <c>If-Match</c> (RFC 9110, 13.1.1). Without the header, and with
/// <c>*</c>, any. Tags are compared strongly: a weak one matches nothing.
/// </summary>
readonly record struct IfMatch(IReadOnlyList<EntityTagHeaderValue>? Tags)
{
    /// <summary>False when the header is there and makes no sense.</summary>
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

    /// <summary>Tells OpenAPI of the header.</summary>
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

    public bool Allows(Person person)
    {
        if (Tags is null) return true;
        var present = new EntityTagHeaderValue($"\"{person.Version}\"");
        return Tags.Any(tag => tag.Compare(present, useStrongComparison: true));
    }
}

