using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Settings;

/// <summary>
/// Asks for everything that the store holds on somebody to go, with their account. It is done by its saga; from the first
/// moment nothing of theirs is changed any more. Repeated under its key it is the same erasure.
/// </summary>
static class RequestErasure
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/settings/me/erasure", HandleAsync)
            .WithName("RequestErasure")
            .Produces<ErasureView>(202)
            .ProducesProblem(400)
            .ProducesProblem(409)
            .ProducesProblem(422)
            .Idempotent()
            .AllowCustomers();
        // Without a token: in the end there is no account any more to have one. It says nothing of the person.
        app.MapGet("/api/settings/erasures/{id}", ReadAsync)
            .WithName("ReadErasure")
            .ProducesProblem(404)
            .AllowPublic();
    }

    static async Task<IResult> HandleAsync(
        [FromBody] EraseRequest body, HttpContext context, Database database, Saga<Erasure> saga, IIdSource ids, TimeProvider clock,
        CancellationToken cancellation)
    {
        var once = Once.Of(context);
        if (body.Confirm != EraseRequest.Word) return SettingsRefusals.ErasureNotConfirmed;
        var id = once.Location is { } done ? done[ErasureView.Address.Length..] : ids.NewId();
        if (once.Location is null)
        {
            var erasure = Erasure.New(id, context.Subject(), clock.GetUtcNow());
            var (begun, refusal) = await database.WriteAsync<(SagaState?, Refusal?)>(async tx =>
            {
                if (!await ErasureStore.AddAsync(tx, erasure)) return (null, ErasureView.UnderWay(await ErasureStore.OfAsync(tx, erasure.Subject!)));
                await once.TakeAsync(tx, ErasureView.Address + id);
                return (await saga.BeginAsync(tx, id), null);
            }, cancellation);
            if (refusal is not null) return refusal;
            _ = saga.RunOnAsync(begun!, erasure);
        }
        context.Response.Headers.Location = ErasureView.Address + id;
        var view = ErasureView.Of((await database.ReadAsync(session => ErasureStore.FindAsync(session, id), CancellationToken.None))!);
        return TypedResults.Json(view, SettingsJson.Default.ErasureView, statusCode: 202);
    }

    static async Task<Results<Ok<ErasureView>, Refusal>> ReadAsync(
        string id, Database database, HttpResponse response, CancellationToken cancellation)
    {
        response.Headers.CacheControl = "no-store";
        return await database.ReadAsync(session => ErasureStore.FindAsync(session, id), cancellation) is { } erasure
            ? TypedResults.Ok(ErasureView.Of(erasure)) : SettingsRefusals.ErasureUnknown;
    }
}

/// <summary>Somebody means it.</summary>
sealed record EraseRequest(string? Confirm = null)
{
    public const string Word = "erase";
}
