using System.Text.Json;

namespace Souk.Ordering;

/// <summary>Ordering's tables. A change of an order, its event and its saga's move are one transaction. All SQL is here.</summary>
static class OrderStore
{
    static readonly Sql Columns = Sql.Text("""
        id, number, snapshot, placed_at, version, feed_version, payment_method, attempt, payment_state, payment_reason,
        next_action_url, is_held, ending, reason, refunded, shipment, customer
        """);

    /// <summary>Adds an order; false when its cart is in another checkout, or was bought at this version.</summary>
    public static async Task<bool> AddAsync(Transaction tx, Order order)
    {
        var snapshot = JsonSerializer.Serialize(order.Agreed, OrderingJson.Default.Agreement);
        return await tx.ExecuteAsync($"""
            INSERT INTO orders (id, number, cart_id, cart_version, locks_cart, snapshot, total, placed_at, version, feed_version,
                payment_method, attempt, payment_state, is_held, refunded, customer, email)
            VALUES ({order.Id}, {order.Number}, {order.Agreed.CartId}, {order.Agreed.CartVersion}, 1, {snapshot}, {order.Total},
                {order.PlacedAt}, 1, 0, {order.PaymentMethod}, {(long)order.Attempt}, {order.Payment.State}, 0, 0, {order.Customer}, {Small(order.Agreed.Email)})
            ON CONFLICT DO NOTHING
            """) == 1;
    }

    public static Task<Order?> FindAsync(Session session, string id) =>
        session.FirstAsync($"SELECT {Columns} FROM orders WHERE id = {id}", Read);

    /// <summary>The order, which nobody else changes before this transaction has ended.</summary>
    public static Task<Order?> FindLockedAsync(Transaction tx, string id) => tx.FirstAsync(
        $"SELECT {Columns} FROM orders WHERE id = {id} {(tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE") : Sql.Empty)}", Read);

    /// <summary>The order that has a cart in checkout, or has bought this version of it; null when none has.</summary>
    public static Task<string?> LockerAsync(Session session, string cartId, long version) => session.FirstAsync(
        $"""
        SELECT id FROM orders WHERE cart_id = {cartId} AND (locks_cart = 1 OR cart_version = {version} AND ending IS NULL)
        """, row => row.Text(0));

    public static Task<Order?> FindByNumberAsync(Session session, string number) =>
        session.FirstAsync($"SELECT {Columns} FROM orders WHERE number = {number}", Read);

    /// <summary>Orders after an id, with where they stand; for audits.</summary>
    public static Task<List<OrderEntry>> ListAsync(Session session, string after, int limit, CancellationToken cancellation) => session.QueryAsync(
        $"""
        SELECT orders.id, orders.number, saga.state, orders.payment_state, orders.ending, orders.total, orders.refunded, orders.placed_at
        FROM orders JOIN saga ON saga.name = {CheckoutSaga.Name} AND saga.id = orders.id
        WHERE orders.id > {after} ORDER BY orders.id LIMIT {limit}
        """,
        row => new OrderEntry(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.TextOrNull(4), row.Long(5), row.Long(6), row.Time(7)),
        cancellation);

    /// <summary>Orders with their checkouts' states, the newest first.</summary>
    /// <param name="session">Where.</param>
    /// <param name="filter">Which; the rest is left out.</param>
    /// <param name="after">The last one of the page before; null: from the newest.</param>
    /// <param name="limit">So many at most.</param>
    /// <param name="cancellation">The request's.</param>
    public static Task<List<(Order Order, string State)>> NewestAsync(
        Session session, OrderFilter filter, PageCursor? after, int limit, CancellationToken cancellation)
    {
        Sql where = $"";
        if (filter.Customer is { } customer) where = $"{where} AND customer = {customer}";
        if (filter.Email is { } email) where = $"{where} AND email = {Small(email)}";
        if (filter.Since is { } since) where = $"{where} AND placed_at >= {since}";
        if (filter.State is { } state) where = $"{where} AND {StateOf} = {state}";
        if (after is { } last) where = $"{where} AND (placed_at, id) < ({last.PlacedAt}, {last.Id})";
        return session.QueryAsync(
            $"SELECT {Columns}, {StateOf} FROM orders WHERE 1 = 1 {where} ORDER BY placed_at DESC, id DESC LIMIT {(long)limit}",
            row => (Read(row), row.TextOrNull(17) ?? ""), cancellation);
    }

    static readonly Sql StateOf = Sql.Text(
        $"(SELECT saga.state FROM saga WHERE saga.name = '{CheckoutSaga.Name}' AND saga.id = orders.id)");

    /// <summary>Keeps what was agreed, without the person: lines, amounts and the country stay.</summary>
    public static async Task ForgetAsync(Transaction tx, Order order)
    {
        var agreed = order.Agreed with
        {
            Email = Forgotten.Email,
            ShippingAddress = new Address(Forgotten.Text, Forgotten.Text, Forgotten.Text, Forgotten.Text, order.Agreed.ShippingAddress.Country),
        };
        var snapshot = JsonSerializer.Serialize(agreed, OrderingJson.Default.Agreement);
        await ChangeAsync(tx, order, $"snapshot = {snapshot}, customer = {Forgotten.Subject}, email = NULL");
        await Once.EraseAsync(tx, Checkouts.Address + order.Id);
        await Outbox.EraseAsync(tx, order.Id, Forgotten.Erase);
    }

    static string Small(string email) => email.Trim().ToLowerInvariant();

    // The effects of the saga's moves. Each gives the order as it is then.

    public static Task<Order> PaymentAsync(Transaction tx, Order order, PaymentStanding payment) => ChangeAsync(
        tx, order with { Payment = payment },
        $"payment_state = {payment.State}, payment_reason = {payment.Reason}, next_action_url = {payment.NextActionUrl}");

    /// <summary>The same where a customer is waited for: from here on the stock may be reserved until a time only.</summary>
    public static async Task<Order> WaitingAsync(Transaction tx, Order order, PaymentStanding payment) =>
        await ChangeAsync(tx, await PaymentAsync(tx, order with { IsHeld = true }, payment), $"is_held = 1");

    /// <summary>The pivot's effect: from here on the order is one, and is announced.</summary>
    public static async Task<Order> ConfirmAsync(Transaction tx, Order order)
    {
        order = await ChangeAsync(tx, order with { IsHeld = false }, $"is_held = 0", isTold: true);
        tx.Publish("OrderConfirmed", order.Id, order.FeedVersion, OrderConfirmed.Of(order), OrderingJson.Default.OrderConfirmed);
        return order;
    }

    /// <summary>Notes how a checkout will end once it is taken back.</summary>
    public static Task<Order> WillEndAsync(Transaction tx, Order order, string ending, string? reason) => ChangeAsync(
        tx, order with { Ending = ending, Reason = reason }, $"ending = {ending}, reason = {reason}");

    /// <summary>Ends a checkout without a sale. Whose payment had been reached is told that nothing was charged.</summary>
    public static async Task<Order> EndAsync(Transaction tx, Order order, string ending, string? reason)
    {
        var isTold = order.Payment.State != "pending";
        var payment = order.Payment.State is "pending" or "declined" ? order.Payment : new PaymentStanding("voided");
        return await ReleaseAsync(tx, order with { Ending = ending, Reason = reason, Payment = payment }, isTold);
    }

    /// <summary>Takes a confirmed order back whose payment was refused: it has cost nothing, and its cart is free.</summary>
    public static Task<Order> ReverseAsync(Transaction tx, Order order, string reason) =>
        ReleaseAsync(tx, order with { Ending = "reversed", Reason = reason, Payment = new PaymentStanding("voided") }, isTold: true);

    static async Task<Order> ReleaseAsync(Transaction tx, Order order, bool isTold)
    {
        order = await ChangeAsync(tx, order,
            $"ending = {order.Ending}, reason = {order.Reason}, payment_state = {order.Payment.State}, next_action_url = NULL, locks_cart = 0", isTold);
        if (isTold) tx.Publish("OrderCancelled", order.Id, order.FeedVersion, OrderCancelled.Of(order), OrderingJson.Default.OrderCancelled);
        return order;
    }

    public static Task<Order> ReasonAsync(Transaction tx, Order order, string reason) =>
        ChangeAsync(tx, order with { Reason = reason }, $"reason = {reason}");

    public static Task<Order> UnlockCartAsync(Transaction tx, Order order) => ChangeAsync(tx, order, $"locks_cart = 0");

    /// <summary>What Shipping answered; its events may have told more already.</summary>
    public static Task<Order> ShipmentAsync(Transaction tx, Order order, Shipment shipment)
    {
        var json = JsonSerializer.Serialize(shipment, OrderingJson.Default.Shipment);
        return ChangeAsync(tx, order with { Shipment = shipment }, $"shipment = COALESCE(shipment, {json})");
    }

    /// <summary>What Shipping tells in its feed; the first parcel on its way is announced.</summary>
    public static async Task ShipmentChangedAsync(Transaction tx, Order order, Shipment shipment)
    {
        var isTold = IsOnItsWay(shipment) && (order.Shipment is null || !IsOnItsWay(order.Shipment));
        var json = JsonSerializer.Serialize(shipment, OrderingJson.Default.Shipment);
        order = await ChangeAsync(tx, order with { Shipment = shipment }, $"shipment = {json}", isTold);
        if (isTold) tx.Publish("OrderShipped", order.Id, order.FeedVersion, OrderShipped.Of(order), OrderingJson.Default.OrderShipped);
    }

    /// <summary>Another card: the next authorisation of the same order.</summary>
    public static Task<Order> PayAgainAsync(Transaction tx, Order order, string paymentMethod) => ChangeAsync(
        tx, order with { Attempt = order.Attempt + 1, PaymentMethod = paymentMethod, Payment = new PaymentStanding("pending") },
        $"attempt = attempt + 1, payment_method = {paymentMethod}, payment_state = 'pending', payment_reason = NULL");

    /// <summary>Money that has gone back.</summary>
    public static async Task<Order> RefundedAsync(Transaction tx, Order order, long amount, string reason)
    {
        order = await ChangeAsync(tx, order with { Refunded = order.Refunded + amount }, $"refunded = refunded + {amount}", isTold: true);
        tx.Publish("OrderRefunded", order.Id, order.FeedVersion, OrderRefunded.Of(order, amount, reason), OrderingJson.Default.OrderRefunded);
        return order;
    }

    /// <summary>Writes a change onto whatever the row is by now: saga and feeds may both have one at once.</summary>
    static async Task<Order> ChangeAsync(Transaction tx, Order order, Sql set, bool isTold = false)
    {
        var (version, feedVersion) = await tx.FirstAsync(
            $"""
            UPDATE orders SET version = version + 1, feed_version = feed_version + {(isTold ? 1L : 0L)}, {set}
            WHERE id = {order.Id} RETURNING version, feed_version
            """, row => (row.Long(0), row.Long(1)));
        return order with { Version = version, FeedVersion = feedVersion };
    }

    static bool IsOnItsWay(Shipment shipment) =>
        shipment.Parcels.Any(parcel => parcel.State is "handed_over" or "in_transit" or "delivered");

    static Order Read(Row row) => new(
        row.Text(0), row.Text(1), JsonSerializer.Deserialize(row.Text(2), OrderingJson.Default.Agreement)!, row.Time(3),
        row.Long(4), row.Long(5), row.Text(6), row.Int(7), new PaymentStanding(row.Text(8), row.TextOrNull(9), row.TextOrNull(10)),
        row.Bool(11), row.TextOrNull(12), row.TextOrNull(13), row.Long(14),
        row.TextOrNull(15) is { } shipment ? JsonSerializer.Deserialize(shipment, OrderingJson.Default.Shipment) : null,
        row.TextOrNull(16));
}
