namespace Souk.Ordering;

/// <summary>What staff did with an order's money or stock.</summary>
/// <param name="Id">Names it: done again, it is the same.</param>
/// <param name="OrderId">With which order.</param>
/// <param name="What"><c>refund</c>, <c>cancel</c> or <c>move</c>.</param>
/// <param name="By">The subject of the token; a service where one asked by itself.</param>
/// <param name="Was">What was so before: a state, or minor units that had been asked back.</param>
/// <param name="Became">What is so after it.</param>
/// <param name="Reason">Why, in the words of whoever did it.</param>
/// <param name="At">When.</param>
sealed record StaffAction(string Id, string OrderId, string What, string By, string Was, string Became, string? Reason, DateTimeOffset At)
{
    /// <summary>Who acts by a request.</summary>
    public static string WhoBy(HttpContext context) => context.StoreUser()?.Subject ?? context.Caller() ?? "";
}

/// <summary>The table <c>staff_action</c>: a row is added in the transaction of what it tells of, and never changed.</summary>
static class StaffActionStore
{
    public static Task AddAsync(Transaction tx, StaffAction action) => tx.ExecuteAsync($"""
        INSERT INTO staff_action (id, order_id, what, done_by, was, became, reason, done_at)
        VALUES ({action.Id}, {action.OrderId}, {action.What}, {action.By}, {action.Was}, {action.Became}, {action.Reason}, {action.At})
        """);

    public static Task<List<StaffAction>> OfAsync(Session session, string orderId) => session.QueryAsync(
        $"""
        SELECT id, order_id, what, done_by, was, became, reason, done_at FROM staff_action
        WHERE order_id = {orderId} ORDER BY done_at, id
        """,
        row => new StaffAction(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.TextOrNull(6), row.Time(7)));
}
