using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Sandbox;

/// <summary>Every movement of money, in order: what a shop compares its own books with. The answer for a range never changes.</summary>
static class ReadLedger
{
    const int LimitMax = 1000;

    static readonly Refusal QueryInvalid = Refusal.BadRequest("sandbox.ledger_query_invalid",
        $"after is a seq from 0, limit is 1 to {LimitMax}.");

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/v1/ledger", HandleAsync)
        .WithName("ReadLedger")
        .ProducesProblem(401)
        .AllowAnyone();

    static async Task<Results<Ok<LedgerView>, Refusal>> HandleAsync(
        SandboxStore store, CancellationToken cancellation, long after = 0, int limit = 500) =>
        after >= 0 && limit is > 0 and <= LimitMax
            ? TypedResults.Ok(new LedgerView(await store.LedgerAsync(after, limit, cancellation)))
            : QueryInvalid;
}

/// <summary>A range of the ledger.</summary>
sealed record LedgerView(IReadOnlyList<LedgerEntry> Items);

/// <summary>A movement of money, under the key of the request that caused it.</summary>
sealed record LedgerEntry(
    long Seq, string Key, string Kind, string AuthorizationId, string Reference, long Amount, string Currency, DateTimeOffset At);
