using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>Sets somebody's profile as a whole. Repeated, it changes nothing more; what is left out is as if never chosen.</summary>
static class PutProfile
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/api/settings/me", HandleAsync)
        .WithName("PutProfile")
        .ProducesProblem(409)
        .ProducesProblem(412)
        .AddOpenApiOperationTransformer(IfMatch.Describe)
        .AllowCustomers();

    static async Task<Results<Ok<ProfileView>, Refusal>> HandleAsync(
        PutProfileRequest body, PersonStore store, Rules rules, HttpContext context, CancellationToken cancellation)
    {
        var (profile, wrong) = rules.Read(body);
        if (wrong is not null) return wrong;
        var (person, refusal) = await store.ChangeAsync(context, person => person.Put(profile!), cancellation);
        return refusal is not null ? refusal : PersonView.Profile(context.Response, person!);
    }
}

/// <summary>What somebody is called here, and what they read and count in.</summary>
sealed record PutProfileRequest(string? DisplayName = null, string? Locale = null, string? Currency = null);
