namespace Souk.Ordering;

/// <summary>
/// Cancels an order that is not confirmed yet. Cancelling and confirming race on one row, and one of them wins.
/// Repeated, it answers the order as it stands.
/// </summary>
static class CancelOrder
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/ordering/orders/{id}/cancel", HandleAsync)
        .WithName("CancelOrder")
        .Produces<OrderView>()
        .ProducesProblem(404)
        .ProducesProblem(409)
        .AllowPublic();

    static async Task<IResult> HandleAsync(
        string id, Database database, Saga<Order> saga, Checkouts checkouts, TimeProvider clock, HttpContext context,
        CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var (refusal, held) = await database.WriteAsync(tx => TryAsync(tx, saga, id), cancellation);
        if (refusal is not null) return refusal;
        if (held is not null) await checkouts.RunAsync(held, order: null, started);
        var view = (await checkouts.FindAsync(id, cancellation))!;
        Checkouts.Describe(context.Response, view);
        return TypedResults.Ok(view);
    }

    /// <summary>Decides it: the refusal; else the saga, where this instance has to run it.</summary>
    public static async Task<(Refusal? Refusal, SagaState? Held)> TryAsync(Transaction tx, Saga<Order> saga, string id)
    {
        var isCancelled = await saga.TryMoveAsync(tx, id, "Cancelling", "by the customer");
        if (await OrderStore.FindAsync(tx, id) is not { } order) return (OrderRefusals.OrderUnknown, null);
        if (!isCancelled) return (order.Ending == "cancelled" ? null : OrderRefusals.NotCancellable, null);
        await OrderStore.WillEndAsync(tx, order, "cancelled", "by the customer");
        return (null, await saga.TakeAsync(tx, id));
    }
}
