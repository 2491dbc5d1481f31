using Microsoft.AspNetCore.Mvc;

namespace Souk.Ordering;

/// <summary>
/// Cancels an order that is not confirmed yet. Cancelling and confirming race on one row, and one of them wins.
/// Repeated, it answers the order as it stands. It is for the owner, for whoever has a guest's, and for staff, who leave a
/// row in the audit.
/// </summary>
static class CancelOrder
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/ordering/orders/{id}/cancel", HandleAsync)
            .WithName("CancelOrder")
            .Produces<OrderView>()
            .ProducesProblem(404)
            .ProducesProblem(409)
            .AllowPublic();
        app.MapPost("/api/ordering/staff/orders/{id}/cancel", StaffAsync)
            .WithName("CancelOrderForStaff")
            .Produces<OrderView>()
            .ProducesProblem(404)
            .ProducesProblem(409)
            .AllowStaff("orders:write");
    }

    static Task<IResult> HandleAsync(
        string id, Database database, Saga<Order> saga, Checkouts checkouts, TimeProvider clock, HttpContext context,
        CancellationToken cancellation) =>
        CancelAsync(id, database, saga, checkouts, clock, context, Canceller.Of(context.StoreUser()), cancellation);

    static async Task<IResult> StaffAsync(
        string id, [FromBody] CancelRequest body, Database database, Saga<Order> saga, Checkouts checkouts, TimeProvider clock,
        HttpContext context, CancellationToken cancellation) => Refund.IsReason(body.Reason)
            ? await CancelAsync(id, database, saga, checkouts, clock, context, Canceller.Staff(context.StoreUser()!, body.Reason!), cancellation)
            : OrderRefusals.ReasonInvalid;

    static async Task<IResult> CancelAsync(string id, Database database, Saga<Order> saga, Checkouts checkouts, TimeProvider clock,
        HttpContext context, Canceller who, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var (refusal, held) = await database.WriteAsync(tx => TryAsync(tx, saga, id, who, clock.GetUtcNow()), cancellation);
        if (refusal is not null) return refusal;
        if (held is not null) await checkouts.RunAsync(held, order: null, started);
        var view = (await checkouts.FindAsync(id, cancellation))!;
        Checkouts.Describe(context.Response, view);
        return TypedResults.Ok(view);
    }

    /// <summary>Decides it: the refusal; else the saga, where this instance has to run it.</summary>
    public static async Task<(Refusal? Refusal, SagaState? Held)> TryAsync(
        Transaction tx, Saga<Order> saga, string id, Canceller who = default, DateTimeOffset now = default)
    {
        if (await OrderStore.FindAsync(tx, id) is not { } order || !who.May(order)) return (OrderRefusals.OrderUnknown, null);
        var isStaff = who.IsStaffOf(order);
        var reason = isStaff ? "by the store" : "by the customer";
        var before = await saga.FindAsync(tx, id);
        var isCancelled = await saga.TryMoveAsync(tx, id, "Cancelling", reason);
        if (!isCancelled)
        {
            // It may have been cancelled since it was read.
            return ((await OrderStore.FindAsync(tx, id))?.Ending == "cancelled" ? null : OrderRefusals.NotCancellable, null);
        }
        await OrderStore.WillEndAsync(tx, order, "cancelled", reason);
        if (isStaff)
        {
            await StaffActionStore.AddAsync(tx, new StaffAction(
                $"cancel/{id}", id, "cancel", who.User!.Subject, before?.State ?? "", "Cancelling", who.Reason, now));
        }
        return (null, await saga.TakeAsync(tx, id));
    }
}

/// <summary>Why staff cancels.</summary>
sealed record CancelRequest(string? Reason);

/// <summary>Who cancels an order.</summary>
/// <param name="User">Whose token came with the request; null: a guest.</param>
/// <param name="Reason">Why, where staff says so.</param>
/// <param name="IsStaff">Whether it may be anybody's order.</param>
readonly record struct Canceller(StoreUser? User, string? Reason, bool IsStaff)
{
    public static Canceller Of(StoreUser? user) => new(user, null, user is { IsStaff: true });

    public static Canceller Staff(StoreUser user, string reason) => new(user, reason, true);

    public bool May(Order order) => IsStaff || order.IsFor(User);

    /// <summary>Staff who cancels an own order is a customer.</summary>
    public bool IsStaffOf(Order order) => IsStaff && order.Customer != User?.Subject;
}
