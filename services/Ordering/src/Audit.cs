using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Ordering;

/// <summary>All orders in pages, for audits: each with where it stands.</summary>
static class ListOrders
{
    const int LimitMax = 500;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/orders", HandleAsync)
        .WithName("ListOrders")
        .AllowCallers("souk", "console");

    static async Task<Results<Ok<OrderPage>, Refusal>> HandleAsync(
        Database database, CancellationToken cancellation, string after = "", int limit = 100)
    {
        if (limit is < 1 or > LimitMax) return OrderRefusals.QueryInvalid;
        var items = await database.ReadAsync(session => OrderStore.ListAsync(session, after, limit, cancellation), cancellation);
        return TypedResults.Ok(new OrderPage(items, items.Count == limit ? items[^1].Id : null));
    }
}

/// <summary>A page of orders, by id.</summary>
/// <param name="Items">The orders.</param>
/// <param name="Next">The <c>after</c> of the next page; null: this is the last.</param>
sealed record OrderPage(IReadOnlyList<OrderEntry> Items, string? Next);

/// <summary>An order in a list; amounts in minor units.</summary>
sealed record OrderEntry(
    string Id, string Number, string State, string PaymentState, string? Ending, long Total, long Refunded, DateTimeOffset PlacedAt);

/// <summary>The sagas in a state, such as <c>NeedsAttention</c>, those that wait longest first.</summary>
static class ListSagas
{
    const int Max = 500;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/sagas", HandleAsync).WithName("ListSagas").AllowCallers("souk", "console");
        app.MapGet("/api/ordering/staff/sagas", HandleAsync).WithName("ListSagasForStaff").AllowStaff("orders:read", supportToo: true);
    }

    static async Task<Ok<AttentionPage>> HandleAsync(
        Database database, Saga<Order> checkouts, Saga<Refund> refunds, CancellationToken cancellation, string state = "NeedsAttention") =>
        TypedResults.Ok(new AttentionPage(await database.ReadAsync(async session =>
        {
            var items = (await checkouts.InStateAsync(session, state, Max, cancellation))
                .ConvertAll(found => new AttentionEntry(CheckoutSaga.Name, found.Id, found.Id, found.State, found.Since, found.Note));
            foreach (var found in await refunds.InStateAsync(session, state, Max, cancellation))
            {
                var orderId = await RefundStore.OrderIdAsync(session, found.Id) ?? "";
                items.Add(new AttentionEntry(RefundSaga.Name, found.Id, orderId, found.State, found.Since, found.Note));
            }
            return (IReadOnlyList<AttentionEntry>)[.. items.OrderBy(item => item.Since)];
        }, cancellation)));
}

sealed record AttentionPage(IReadOnlyList<AttentionEntry> Items);

/// <summary>A saga that rests or waits somewhere.</summary>
sealed record AttentionEntry(string Saga, string Id, string OrderId, string State, DateTimeOffset Since, string? Note);

/// <summary>
/// An operator moves on what needs attention. Who, where from, where to and why stand in the log of its moves. Repeated
/// under its key it is the same command.
/// </summary>
static class MoveOrder
{
    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/internal/orders/{id}/moves", "MoveOrder").AllowCallers("souk", "console");
        Map(app, "/api/ordering/staff/orders/{id}/moves", "MoveOrderForStaff").AllowStaff("orders:write");
    }

    static RouteHandlerBuilder Map(IEndpointRouteBuilder app, string address, string name) => app.MapPost(address, HandleAsync)
        .WithName(name)
        .Produces<MoveView>()
        .ProducesProblem(400)
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .Idempotent();

    static async Task<IResult> HandleAsync(
        string id, [FromBody] MoveRequest body, HttpContext context, Database database, Saga<Order> checkouts, Saga<Refund> refunds,
        TimeProvider clock, CancellationToken cancellation)
    {
        var once = Once.Of(context);
        if (!Refund.IsReason(body.Reason)) return OrderRefusals.ReasonInvalid;
        if (string.IsNullOrEmpty(body.State)) return OrderRefusals.MoveInvalid;

        var answer = TypedResults.Json(new MoveView(id, body.Refund, body.State), OrderingJson.Default.MoveView);
        if (once.Location is not null) return answer;
        var by = StaffAction.WhoBy(context);
        var note = $"{by}: {body.Reason}";
        var refusal = await database.WriteAsync<Refusal?>(async tx =>
        {
            if (await OrderStore.FindAsync(tx, id) is not { } order) return OrderRefusals.OrderUnknown;
            var before = body.Refund is null ? await checkouts.FindAsync(tx, id) : await refunds.FindAsync(tx, body.Refund);
            var isMoved = body.Refund is { } refund
                ? await RefundStore.OrderIdAsync(tx, refund) == id && await refunds.TryReviveAsync(tx, refund, body.State, note)
                : await TryAsync(tx, checkouts, order, body.State, note);
            if (!isMoved) return OrderRefusals.MoveInvalid;
            await once.TakeAsync(tx, Checkouts.Address + id);
            await StaffActionStore.AddAsync(tx, new StaffAction(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"move/{before!.Id}/{before.Seq}"),
                id, "move", by, before.State, body.State, body.Reason, clock.GetUtcNow()));
            return null;
        }, cancellation);
        return refusal is null ? answer : refusal;
    }

    /// <summary>Moves the checkout itself on; false where it may not go there.</summary>
    public static async Task<bool> TryAsync(Transaction tx, Saga<Order> checkouts, Order order, string state, string note)
    {
        var moves = await checkouts.MovesAsync(tx, order.Id, CancellationToken.None);
        var isReversed = (await RefundStore.OfAsync(tx, order)).Any(known => known.IsReversal);
        return !isReversed && CheckoutSaga.MayRevive(state, moves.ConvertAll(move => move.State))
            && await checkouts.TryReviveAsync(tx, order.Id, state, note);
    }
}

/// <summary>Where to, and why; with a refund's id it is that which is moved, not the checkout.</summary>
sealed record MoveRequest(string? State, string? Reason, string? Refund = null);

/// <summary>What was moved, and where to.</summary>
sealed record MoveView(string OrderId, string? Refund, string State);
