using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>
/// Gives or withdraws a consent. Each decision is a row that stays; the same one again is none. A withdrawal is never refused.
/// </summary>
static class PutConsent
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/api/settings/me/consents/{purpose}", HandleAsync)
        .WithName("PutConsent")
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(412)
        .AddOpenApiOperationTransformer(IfMatch.Describe)
        .AllowCustomers();

    static async Task<Results<Ok<ConsentsView>, Refusal>> HandleAsync(
        string purpose, PutConsentRequest body, PersonStore store, TimeProvider clock, HttpContext context, CancellationToken cancellation)
    {
        if (!Consent.Purposes.Contains(purpose)) return SettingsRefusals.PurposeUnknown;
        if (body.Given is not { } given || !Consent.IsTextVersion(body.TextVersion)) return SettingsRefusals.ConsentInvalid;
        var consent = new Consent(purpose, body.TextVersion!, given, clock.GetUtcNow());
        var (person, refusal) = await store.ChangeAsync(context, person => person.Decide(consent), cancellation);
        return refusal is not null ? refusal : PersonView.Consents(context.Response, person!);
    }
}

/// <summary>A yes or a no, and the version of the text that was shown.</summary>
sealed record PutConsentRequest(bool? Given = null, string? TextVersion = null);
