using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Ordering;

/// <summary>
/// Staff gives money back: of lines, which go back on the shelf, of the shipping, any amount, or all that is left. It is
/// asked for here, and done by its saga, however long the provider takes. Repeated under its key it is the same refund.
/// </summary>
static class RefundOrder
{
    public static void Map(IEndpointRouteBuilder app)
    {
        MapAsk(app, "/api/ordering/orders/{id}/refunds", "RefundOrder").AllowCallers("souk", "console");
        MapRead(app, "/api/ordering/orders/{id}/refunds/{refundId}", "ReadRefund").AllowCallers("souk", "console");
        MapAsk(app, "/api/ordering/staff/orders/{id}/refunds", "RefundOrderForStaff").AllowStaff("orders:write");
        MapRead(app, "/api/ordering/staff/orders/{id}/refunds/{refundId}", "ReadRefundForStaff").AllowStaff("orders:read", supportToo: true);
    }

    static RouteHandlerBuilder MapAsk(IEndpointRouteBuilder app, string address, string name) => app.MapPost(address, HandleAsync)
        .WithName(name)
        .Produces<RefundView>(202)
        .ProducesProblem(400)
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .Idempotent();

    static RouteHandlerBuilder MapRead(IEndpointRouteBuilder app, string address, string name) =>
        app.MapGet(address, ReadAsync).WithName(name).ProducesProblem(404);

    static async Task<IResult> HandleAsync(
        string id, [FromBody] RefundRequest body, HttpContext context, Database database, Saga<Order> checkouts, Saga<Refund> refunds,
        IIdSource ids, TimeProvider clock, CancellationToken cancellation)
    {
        var once = Once.Of(context);
        // Where it was asked for is where it is read.
        var address = context.Request.Path + "/";
        if (once.Location is { } done) return await AnswerAsync(context, database, refunds, done[address.Length..]);
        if (Check(body) is { } wrong) return wrong;

        var by = StaffAction.WhoBy(context);
        var refundId = ids.NewId();
        var (refund, refusal, held) = await database.WriteAsync<(Refund?, Refusal?, SagaState?)>(async tx =>
        {
            // Two refunds of one order are decided one after the other: the second knows what the first took.
            if (await OrderStore.FindLockedAsync(tx, id) is not { } order) return (null, OrderRefusals.OrderUnknown, null);
            if ((await checkouts.FindAsync(tx, id))?.State != "Completed") return (null, OrderRefusals.NotRefundable, null);
            var before = (await RefundStore.OfAsync(tx, order)).SelectMany(known => known.Parts).ToList();
            var (made, no) = Refund.Of(refundId, order, before, body, by, clock.GetUtcNow());
            if (made is null) return (null, no, null);
            await once.TakeAsync(tx, address + made.Id);
            await RefundStore.AddAsync(tx, made);
            var asked = before.Where(part => part.State != RefundPart.Refused).Sum(part => part.Amount);
            await StaffActionStore.AddAsync(tx, new StaffAction($"refund/{made.Id}", id, "refund", by,
                Minor(asked), Minor(asked + made.Amount), made.Reason, made.RequestedAt));
            return (made, null, await refunds.BeginAsync(tx, made.Id));
        }, cancellation);
        if (refusal is not null) return refusal;
        _ = refunds.RunOnAsync(held!, refund);
        return await AnswerAsync(context, database, refunds, refund!.Id);
    }

    static string Minor(long amount) => amount.ToString(System.Globalization.CultureInfo.InvariantCulture);

    static Refusal? Check(RefundRequest body) =>
        !Refund.IsReason(body.Reason)
        || body.Amount is < 1 || body.Lines is { Count: 0 } || body.Lines is { Count: > 0 } && body.Amount is not null
        || body.Lines is { } lines && (lines.Any(line => line is not { Sku.Length: > 0, Quantity: >= 1 })
            || lines.DistinctBy(line => line.Sku).Count() < lines.Count)
            ? OrderRefusals.RefundInvalid : null;

    static async Task<Results<Ok<RefundView>, Refusal>> ReadAsync(string id, string refundId, Database database, Saga<Refund> refunds) =>
        await FindAsync(database, refunds, refundId) is { } view && view.OrderId == id ? TypedResults.Ok(view) : OrderRefusals.OrderUnknown;

    static async Task<IResult> AnswerAsync(HttpContext context, Database database, Saga<Refund> refunds, string refundId)
    {
        var view = (await FindAsync(database, refunds, refundId))!;
        context.Response.Headers.Location = $"{context.Request.Path}/{view.Id}";
        return TypedResults.Json(view, OrderingJson.Default.RefundView, statusCode: 202);
    }

    static Task<RefundView?> FindAsync(Database database, Saga<Refund> refunds, string id) => database.ReadAsync(async session =>
        await RefundStore.FindAsync(session, id) is { } refund && await refunds.FindAsync(session, id) is { } run
            ? RefundView.Of(refund, run.State) : null);
}

/// <summary>What goes back: pieces of lines, an amount in minor units, the shipping; nothing of these: all that is left.</summary>
sealed record RefundRequest(IReadOnlyList<Pieces>? Lines = null, long? Amount = null, bool? Shipping = null, string? Reason = null);

/// <summary>A refund as staff and customer see it.</summary>
sealed record RefundView(
    string Id, string OrderId, string State, Money Amount, Money Refunded, string Reason, DateTimeOffset RequestedAt,
    IReadOnlyList<RefundPartView> Parts)
{
    public static RefundView Of(Refund refund, string state)
    {
        var currency = refund.Order.Agreed.Total.Currency;
        return new RefundView(refund.Id, refund.Order.Id, state, new Money(refund.Amount, currency), new Money(refund.Back, currency),
            refund.Reason, refund.RequestedAt,
            [.. refund.Parts.Select(part => new RefundPartView(part.Line, part.Sku, part.Quantity, new Money(part.Amount, currency), part.State))]);
    }
}

/// <summary>A part: of a line by its number, of the shipping, or any amount; <c>open</c>, <c>refunded</c> or <c>refused</c>.</summary>
sealed record RefundPartView(string Line, string? Sku, int Quantity, Money Amount, string State);
