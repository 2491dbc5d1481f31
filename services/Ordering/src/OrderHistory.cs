using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Ordering;

/// <summary>The orders of whoever has signed in, the newest first, a page at a time.</summary>
static class OrderHistory
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/ordering/orders", HandleAsync)
        .WithName("OrderHistory")
        .AllowCustomers();

    static async Task<Results<Ok<HistoryPage>, Refusal>> HandleAsync(
        HttpContext context, Database database, CancellationToken cancellation, string? after = null, int limit = 20)
    {
        if (limit is < 1 or > PageCursor.LimitMax || !PageCursor.TryRead(after, out var cursor)) return OrderRefusals.CursorInvalid;
        var filter = new OrderFilter(Customer: context.Customer()!.Subject);
        var found = await database.ReadAsync(session => OrderStore.NewestAsync(session, filter, cursor, limit, cancellation), cancellation);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new HistoryPage(
            [.. found.Select(one => HistoryEntry.Of(one.Order, one.State))], PageCursor.After(found.ConvertAll(one => one.Order), limit)));
    }
}

/// <summary>A page of a customer's orders.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="Next">The <c>after</c> of the next page; null: this is the last.</param>
sealed record HistoryPage(IReadOnlyList<HistoryEntry> Items, string? Next);

/// <summary>An order in a customer's history.</summary>
sealed record HistoryEntry(
    string Id, string Number, string State, string Outcome, Money Total, Money Refunded, DateTimeOffset PlacedAt, IReadOnlyList<QuoteLine> Lines)
{
    public static HistoryEntry Of(Order order, string state) => new(order.Id, order.Number, state, OrderView.OutcomeOf(order, state),
        order.Agreed.Total, new Money(order.Refunded, order.Agreed.Total.Currency), order.PlacedAt, order.Agreed.Lines);
}

/// <summary>Which orders; what is null does not matter.</summary>
sealed record OrderFilter(string? Customer = null, string? Email = null, string? State = null, DateTimeOffset? Since = null);

/// <summary>The last order of a page: of two placed at once, the id decides.</summary>
readonly record struct PageCursor(DateTimeOffset PlacedAt, string Id)
{
    public const int LimitMax = 100;

    /// <summary>The <c>after</c> of the page that follows; null: there is none.</summary>
    public static string? After(IReadOnlyList<Order> page, int limit) => page.Count < limit ? null
        : string.Create(CultureInfo.InvariantCulture, $"{page[^1].PlacedAt.ToUnixTimeMilliseconds()}.{page[^1].Id}");

    /// <summary>False when a text is no cursor; nothing is the start.</summary>
    public static bool TryRead(string? text, out PageCursor? cursor)
    {
        cursor = null;
        if (string.IsNullOrEmpty(text)) return true;
        if (text.Split('.', 2) is not [var time, { Length: > 0 and <= 100 } id]
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() || id.Any(char.IsControl))
        {
            return false;
        }
        cursor = new PageCursor(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), id);
        return true;
    }
}
