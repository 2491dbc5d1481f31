using Microsoft.AspNetCore.Mvc;

namespace Souk.Ordering;

/// <summary>
/// Another card after a decline: the next authorisation of the same order, three in all. Repeated under its key it is
/// the same try.
/// </summary>
static class PayAgain
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/ordering/orders/{id}/payments", HandleAsync)
        .WithName("PayAgain")
        .Produces<OrderView>(201)
        .Produces<OrderView>(202)
        .ProducesProblem(400)
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .Idempotent()
        .AllowPublic();

    static async Task<IResult> HandleAsync(
        string id, [FromBody] PayAgainRequest body, HttpContext context, Database database, Saga<Order> saga, Checkouts checkouts,
        TimeProvider clock, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var once = Once.Of(context);
        if (once.Location is not null) return await checkouts.AnswerAsync(context, id);
        if (AddressRules.CheckPaymentMethod(body.PaymentMethod) is { } wrong) return wrong;

        var (refusal, held) = await database.WriteAsync(async tx =>
        {
            var decision = await TryAsync(tx, saga, id, body.PaymentMethod!, context.StoreUser());
            if (decision.Refusal is null) await once.TakeAsync(tx, Checkouts.Address + id);
            return decision;
        }, cancellation);
        if (refusal is not null) return refusal;
        await (held is null ? checkouts.FollowAsync(id, started) : checkouts.RunAsync(held, order: null, started));
        return await checkouts.AnswerAsync(context, id);
    }

    /// <summary>Decides it: the refusal; else the saga, where this instance has to run it.</summary>
    public static async Task<(Refusal? Refusal, SagaState? Held)> TryAsync(
        Transaction tx, Saga<Order> saga, string id, string paymentMethod, StoreUser? user = null)
    {
        if (await OrderStore.FindAsync(tx, id) is not { } order || !order.IsFor(user)) return (OrderRefusals.OrderUnknown, null);
        // The saga's row first, the order's second, as in its own moves. From Declined no way leads back to where the
        // plan has this move by itself.
        if (!OrderView.MayPayAgain(order, (await saga.FindAsync(tx, id))!.State)
            || !await saga.TryMoveAsync(tx, id, "Authorizing", "another card")) return (OrderRefusals.NotPayable, null);
        await OrderStore.PayAgainAsync(tx, order, paymentMethod);
        return (null, await saga.TakeAsync(tx, id));
    }
}

/// <summary>The provider's token of another card.</summary>
sealed record PayAgainRequest(string? PaymentMethod);
