namespace Souk.Sandbox;

/// <summary>
/// 3-D Secure: the page on which the bank asks the customer. The first answer counts; whoever comes again is sent back to
/// the shop at once.
/// </summary>
static class ConfirmPayment
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/3ds/{id}", ShowAsync).ExcludeFromDescription().AllowAnyone();
        app.MapPost("/3ds/{id}", AnswerAsync).ExcludeFromDescription().AllowAnyone();
    }

    static async Task<IResult> ShowAsync(
        string id, SandboxStore store, ProviderSettings settings, TimeProvider clock, CancellationToken cancellation) =>
        await store.FindAsync(id, cancellation) is not { } stored ? Unknown(settings)
        : stored.At(clock.GetUtcNow()) is { State: States.RequiresAction } authorization ? Ask(authorization, settings)
        : Back(stored, settings);

    static async Task<IResult> AnswerAsync(
        string id, HttpRequest request, SandboxStore store, Effects effects, SwitchBoard board, ProviderSettings settings, TimeProvider clock,
        CancellationToken cancellation)
    {
        if (!request.HasFormContentType || Page.IsForeign(request)) return Unknown(settings);
        var answer = (await request.ReadFormAsync(cancellation))["answer"].ToString();
        if (answer is not ("approve" or "refuse")) return Unknown(settings);
        var (now, switches) = (clock.GetUtcNow(), await board.NowAsync(cancellation));
        var authorization = await store.ConfirmAsync(id, now, before =>
            effects.Of(before, before.At(now).Confirm(answer == "approve"), switches, now), cancellation);
        return authorization is null ? Unknown(settings) : Back(authorization, settings);
    }

    static SendBack Back(Authorization authorization, ProviderSettings settings) =>
        new(authorization.ReturnUrl is { } address ? new Uri(address) : settings.Store);

    static Page Unknown(ProviderSettings settings) => new(404, "There is no such payment", $"""
        <h1>There is no such payment</h1>
        <p>The link is too old or was not copied whole. Nothing was charged.</p>
        <p class="back"><a href="{settings.Store.ToString()}">Go to the shop</a></p>
        """);

    static Page Ask(Authorization authorization, ProviderSettings settings) => new(200, "Confirm your payment", $"""
        <header class="sum">
        <p class="for">Payment {authorization.Reference}</p>
        <p class="amount">{Page.Money(authorization.Amount, authorization.Currency)}</p>
        </header>
        <h1>Is this you?</h1>
        <p>Your bank wants to be sure before it pays with your {authorization.Brand} card ending in {authorization.Last4}.
        A real bank would now send you a code; here, one of two buttons is enough.</p>
        <form method="post" action="/3ds/{authorization.Id}" class="answers">
        <button name="answer" value="approve">Approve the payment</button>
        <button name="answer" value="refuse" class="quiet">Refuse it</button>
        </form>
        """, settings.StoreOrigin);
}
