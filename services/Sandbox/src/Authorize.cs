using Microsoft.AspNetCore.Mvc;

namespace Souk.Sandbox;

/// <summary>Asks a card's bank for money. Repeated under its key it gives the first answer; a decline is an answer, too.</summary>
static class Authorize
{
    const int TextMax = 200;
    const int AddressMax = 2000;
    const long AmountMax = 9_999_999_999;

    static readonly Refusal Invalid = Refusal.BadRequest("sandbox.authorization_invalid",
        "An authorisation has a reference and a paymentMethod of 1 to 200 characters, an amount from 1 in minor units and a currency such as EUR.");

    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/v1/authorizations", HandleAsync)
        .WithName("Authorize")
        .Produces<AuthorizationView>()
        .ProducesProblem(400)
        .ProducesProblem(401)
        .ProducesProblem(422)
        .AllowAnyone();

    static async Task<IResult> HandleAsync(
        [FromBody] AuthorizeRequest body, HttpContext context, SandboxStore store, Effects effects, ProviderSettings settings,
        IIdSource ids, CancellationToken cancellation)
    {
        if (!IsText(body.Reference) || !IsText(body.PaymentMethod) || !IsAmount(body.Amount) || !IsCurrency(body.Currency)
            || body.ReturnUrl?.Length > AddressMax) return Invalid;
        // An address outside the shop is not followed: the customer goes to the shop's front page.
        var returnUrl = settings.InStore(body.ReturnUrl)?.ToString();
        var request = $"authorize\n{body.Reference}\n{body.Amount}\n{body.Currency}\n{body.PaymentMethod}\n{body.ReturnUrl}";
        return await Calls.RunAsync(context, request, async (call, switches) => await store.AuthorizeAsync(call, body.PaymentMethod!, card =>
        {
            var asked = new AuthorizationAsked(call.Key, body.Reference!, body.Amount!.Value, body.Currency!, returnUrl);
            var decision = Authorization.Ask("auth_" + ids.NewId(), asked, card, call.At);
            return effects.Of(decision.Authorization!, decision, switches, call.At);
        }, cancellation));
    }

    public static bool IsAmount(long? amount) => amount is > 0 and <= AmountMax;

    public static bool IsCurrency(string? currency) => currency is { Length: 3 } && currency.All(char.IsAsciiLetterUpper);

    public static bool IsText(string? text) => text is { Length: > 0 and <= TextMax } && !text.Any(char.IsControl);
}

/// <summary>So much, from that card, for what the shop calls the reference.</summary>
sealed record AuthorizeRequest(string? Reference, long? Amount, string? Currency, string? PaymentMethod, string? ReturnUrl);
