using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Cart;

/// <summary>
/// What Cart holds on a person, to be read and to be forgotten. Repeated, there is nothing left to forget.
/// </summary>
static class People
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/people/{subject}", ReadAsync).WithName("ReadPerson").AllowCallers("settings");
        app.MapDelete("/internal/people/{subject}", ForgetAsync).WithName("ForgetPerson").AllowCallers("settings");
    }

    static async Task<Ok<PersonView>> ReadAsync(
        string subject, CartStore store, TimeProvider clock, StoreCurrency currency, CancellationToken cancellation) =>
        TypedResults.Ok(new PersonView(
            await store.FindOwnAsync(subject, clock.GetUtcNow(), cancellation) is { } cart ? [CartView.Of(cart, currency)] : []));

    static async Task<Ok<ForgottenView>> ForgetAsync(string subject, CartStore store, CancellationToken cancellation) =>
        TypedResults.Ok(new ForgottenView([new ErasedView("carts", await store.ForgetAsync(subject, cancellation))], []));
}

/// <summary>All that Cart holds on a person.</summary>
sealed record PersonView(IReadOnlyList<CartView> Carts);

/// <summary>What was erased, and what was kept and why.</summary>
sealed record ForgottenView(IReadOnlyList<ErasedView> Erased, IReadOnlyList<KeptView> Kept);

/// <summary>So many of something are gone.</summary>
sealed record ErasedView(string What, int Count);

/// <summary>So many of something are still there, and why: <c>law</c>, or <c>under_way</c> and to be asked for again.</summary>
sealed record KeptView(string What, int Count, string Why);
