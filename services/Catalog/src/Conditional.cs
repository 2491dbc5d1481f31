using Microsoft.Net.Http.Headers;

namespace Souk.Catalog;

/// <summary>Answers to who already has what they ask for.</summary>
static class Conditional
{
    /// <summary>Whether <c>If-None-Match</c> names this version, or any.</summary>
    public static bool Matches(HttpRequest request, EntityTagHeaderValue etag) =>
        request.GetTypedHeaders().IfNoneMatch is { Count: > 0 } given
        && given.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(etag, useStrongComparison: false));
}
