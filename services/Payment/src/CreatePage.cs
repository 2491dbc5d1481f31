using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Payment;

/// <summary>The provider's page where a card is entered: its number never comes to the store. Repeated it makes another page.</summary>
static class CreatePage
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/internal/pages", HandleAsync)
        .WithName("CreatePage")
        .AllowCallers("storefront");

    static async Task<Results<Ok<PageView>, Refusal>> HandleAsync(
        PageRequest body, IProvider provider, PaymentOptions options, CancellationToken cancellation)
    {
        if (body.Reference is null || !Names.IsValid(body.Reference)) return PaymentRefusals.NameInvalid;
        if (!Money.IsValid(body.Amount)) return PaymentRefusals.AmountInvalid;
        if (!options.IsOfStore(body.ReturnUrl) || !options.IsOfStore(body.CancelUrl)) return PaymentRefusals.ReturnUrlInvalid;
        return TypedResults.Ok(new PageView(await provider.PageAsync(body, cancellation)));
    }
}

/// <summary>What it is for, and where the customer comes back to.</summary>
sealed record PageRequest(string? Reference, Money? Amount, string? ReturnUrl, string? CancelUrl);

/// <summary>Where it is.</summary>
sealed record PageView(string Url);
