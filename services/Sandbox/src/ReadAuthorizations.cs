using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Sandbox;

/// <summary>Tells how an authorisation stands, by the provider's id or by the shop's reference. It changes nothing.</summary>
static class ReadAuthorizations
{
    public static readonly Refusal Unknown = Refusal.NotFound("sandbox.authorization_unknown", "There is no such authorisation.");

    static readonly Refusal ReferenceMissing = Refusal.BadRequest("sandbox.reference_missing", "Ask by reference=…, or by id.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/authorizations/{id}", FindAsync).WithName("ReadAuthorization").ProducesProblem(401).ProducesProblem(404).AllowAnyone();
        app.MapGet("/v1/authorizations", SearchAsync).WithName("FindAuthorizations").ProducesProblem(401).AllowAnyone();
    }

    static async Task<Results<Ok<AuthorizationView>, Refusal>> FindAsync(
        string id, SandboxStore store, ProviderSettings settings, TimeProvider clock, CancellationToken cancellation) =>
        await store.FindAsync(id, cancellation) is { } authorization
            ? TypedResults.Ok(AuthorizationView.Of(authorization.At(clock.GetUtcNow()), settings))
            : Unknown;

    static async Task<Results<Ok<AuthorizationsView>, Refusal>> SearchAsync(
        string? reference, SandboxStore store, ProviderSettings settings, TimeProvider clock, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(reference)) return ReferenceMissing;
        var found = await store.FindByReferenceAsync(reference, cancellation);
        return TypedResults.Ok(new AuthorizationsView([.. found.Select(authorization =>
            AuthorizationView.Of(authorization.At(clock.GetUtcNow()), settings))]));
    }
}

/// <summary>Authorisations, the oldest first.</summary>
sealed record AuthorizationsView(IReadOnlyList<AuthorizationView> Items);
