using Microsoft.AspNetCore.Mvc;

namespace Souk.Sandbox;

/// <summary>
/// Takes promised money, gives a promise back, or gives taken money back. Repeated under its key each gives the first
/// answer; a definite no (409) changes nothing and stays one.
/// </summary>
static class ChangeAuthorization
{
    static readonly Refusal AmountInvalid = Refusal.BadRequest("sandbox.amount_invalid", "amount is a whole number of minor units from 1.");

    public static void Map(IEndpointRouteBuilder app)
    {
        Describe(app.MapPost("/v1/authorizations/{id}/captures", CaptureAsync).WithName("Capture"));
        Describe(app.MapPost("/v1/authorizations/{id}/voids", VoidAsync).WithName("Void"));
        Describe(app.MapPost("/v1/authorizations/{id}/refunds", RefundAsync).WithName("Refund"));
    }

    static Task<IResult> CaptureAsync(
        string id, [FromBody] AmountRequest body, HttpContext context, SandboxStore store, Effects effects, CancellationToken cancellation) =>
        MoveAsync("capture", id, body.Amount, authorization => authorization.Capture(body.Amount!.Value), context, store, effects, cancellation);

    static Task<IResult> VoidAsync(
        string id, HttpContext context, SandboxStore store, Effects effects, CancellationToken cancellation) =>
        ChangeAsync("void", id, authorization => authorization.Void(), context, store, effects, cancellation);

    static Task<IResult> RefundAsync(
        string id, [FromBody] AmountRequest body, HttpContext context, SandboxStore store, Effects effects, CancellationToken cancellation) =>
        MoveAsync("refund", id, body.Amount, authorization => authorization.Refund(body.Amount!.Value), context, store, effects, cancellation);

    static async Task<IResult> MoveAsync(
        string kind, string id, long? amount, Func<Authorization, Decision> decide, HttpContext context, SandboxStore store,
        Effects effects, CancellationToken cancellation) => Authorize.IsAmount(amount)
        ? await ChangeAsync($"{kind}\n{amount}", id, decide, context, store, effects, cancellation)
        : AmountInvalid;

    static Task<IResult> ChangeAsync(
        string what, string id, Func<Authorization, Decision> decide, HttpContext context, SandboxStore store, Effects effects,
        CancellationToken cancellation) =>
        Calls.RunAsync(context, $"{what}\n{id}", (call, switches) => store.ChangeAsync(call, id, authorization =>
            effects.Of(authorization, decide(authorization.At(call.At)), switches, call.At), cancellation));

    static void Describe(RouteHandlerBuilder endpoint) => endpoint
        .Produces<AuthorizationView>()
        .ProducesProblem(400)
        .ProducesProblem(401)
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .AllowAnyone();
}

/// <summary>How much, in minor units.</summary>
sealed record AmountRequest(long? Amount);
