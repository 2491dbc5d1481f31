using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>
/// Asks for all that the store holds on somebody. It is made by its saga, however long a service is down, and can be read
/// for seven days. Repeated under its key it is the same export; one at a time is made for a person.
/// </summary>
static class RequestExport
{
    const string Address = "/api/settings/me/exports/";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/settings/me/exports", HandleAsync)
            .WithName("RequestExport")
            .Produces<ExportView>(202)
            .ProducesProblem(409)
            .ProducesProblem(422)
            .Idempotent()
            .AllowCustomers();
        app.MapGet("/api/settings/me/exports/{id}", ReadAsync)
            .WithName("ReadExport")
            .ProducesProblem(404)
            .AllowCustomers();
    }

    static async Task<IResult> HandleAsync(
        HttpContext context, Database database, Saga<Export> saga, IIdSource ids, TimeProvider clock, CancellationToken cancellation)
    {
        var once = Once.Of(context);
        var subject = context.Subject();
        var id = once.Location is { } done ? done[Address.Length..] : ids.NewId();
        if (once.Location is null)
        {
            var export = Export.New(id, subject, clock.GetUtcNow());
            var (begun, refusal) = await database.WriteAsync<(SagaState?, Refusal?)>(async tx =>
            {
                if (await ErasureStore.OfAsync(tx, subject) is { } erasure) return (null, ErasureView.UnderWay(erasure));
                if (!await ExportStore.AddAsync(tx, export))
                {
                    var other = await ExportStore.UnderWayAsync(tx, subject);
                    return (null, other is null ? SettingsRefusals.ExportsFull
                        : SettingsRefusals.ExportUnderWay.With("export", Address + other, SettingsJson.Default.String));
                }
                await once.TakeAsync(tx, Address + id);
                return (await saga.BeginAsync(tx, id), null);
            }, cancellation);
            if (refusal is not null) return refusal;
            _ = saga.RunOnAsync(begun!, export);
        }
        context.Response.Headers.Location = Address + id;
        return await FindAsync(database, id, subject, clock) is { } view
            ? TypedResults.Json(view with { Document = null }, SettingsJson.Default.ExportView, statusCode: 202)
            : SettingsRefusals.ExportUnknown;
    }

    static async Task<Results<Ok<ExportView>, Refusal>> ReadAsync(string id, HttpContext context, Database database, TimeProvider clock)
    {
        context.Response.Headers.CacheControl = "no-store";
        return await FindAsync(database, id, context.Subject(), clock) is { } view ? TypedResults.Ok(view) : SettingsRefusals.ExportUnknown;
    }

    static async Task<ExportView?> FindAsync(Database database, string id, string subject, TimeProvider clock) =>
        await database.ReadAsync(session => ExportStore.FindAsync(session, id)) is { } export && export.Subject == subject
            && (export.ExpiresAt is null || export.ExpiresAt > clock.GetUtcNow()) ? ExportView.Of(export) : null;
}
