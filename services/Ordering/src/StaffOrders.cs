using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Ordering;

/// <summary>Orders for those who work with them: a list, the newest first, and one with what staff did about it.</summary>
static class StaffOrders
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/ordering/staff/orders", ListAsync)
            .WithName("ListOrdersForStaff")
            .AllowStaff("orders:read", supportToo: true);
        app.MapGet("/api/ordering/staff/orders/{id}", ReadAsync)
            .WithName("ReadOrderForStaff")
            .ProducesProblem(404)
            .AllowStaff("orders:read", supportToo: true);
    }

    static async Task<Results<Ok<StaffOrderPage>, Refusal>> ListAsync(
        HttpContext context, Database database, CancellationToken cancellation,
        string? state = null, string? email = null, string? customer = null, DateTimeOffset? since = null, string? after = null, int limit = 50)
    {
        if (limit is < 1 or > PageCursor.LimitMax || !PageCursor.TryRead(after, out var cursor)) return OrderRefusals.CursorInvalid;
        var filter = new OrderFilter(Given(customer), Given(email), Given(state), since);
        var found = await database.ReadAsync(session => OrderStore.NewestAsync(session, filter, cursor, limit, cancellation), cancellation);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new StaffOrderPage(
            [.. found.Select(one => StaffOrderEntry.Of(one.Order, one.State))], PageCursor.After(found.ConvertAll(one => one.Order), limit)));
    }

    static async Task<Results<Ok<StaffOrderView>, Refusal>> ReadAsync(
        string id, HttpContext context, Checkouts checkouts, Database database, CancellationToken cancellation)
    {
        if (await checkouts.FindAsync(id, cancellation) is not { } order) return OrderRefusals.OrderUnknown;
        var actions = await database.ReadAsync(session => StaffActionStore.OfAsync(session, id), cancellation);
        Checkouts.Describe(context.Response, order);
        return TypedResults.Ok(new StaffOrderView(order.Customer, order, actions));
    }

    static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>A page of orders.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="Next">The <c>after</c> of the next page; null: this is the last.</param>
sealed record StaffOrderPage(IReadOnlyList<StaffOrderEntry> Items, string? Next);

/// <summary>An order in a list for staff; the customer is a subject, or null for a guest.</summary>
sealed record StaffOrderEntry(
    string Id, string Number, string? Customer, string Email, string Name, string State, string Outcome, string PaymentState,
    Money Total, Money Refunded, DateTimeOffset PlacedAt)
{
    public static StaffOrderEntry Of(Order order, string state) => new(order.Id, order.Number, order.Customer, order.Agreed.Email,
        order.Agreed.ShippingAddress.Name, state, OrderView.OutcomeOf(order, state), order.Payment.State, order.Agreed.Total,
        new Money(order.Refunded, order.Agreed.Total.Currency), order.PlacedAt);
}

/// <summary>An order, whose it is, and what staff did about it.</summary>
sealed record StaffOrderView(string? Customer, OrderView Order, IReadOnlyList<StaffAction> Actions);
