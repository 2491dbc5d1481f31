using Turn = Souk.Platform.Sagas.Turn<Souk.Ordering.Order>;

namespace Souk.Ordering;

/// <summary>
/// From a placed order to a shipped one. Everything that can say no comes before Confirmed, the pivot; everything after
/// it is repeated until it succeeds. Each call is named by the order, so a repeat is the same call.
/// </summary>
sealed class CheckoutSaga(
    InventoryClient inventory, PaymentClient payment, ShippingClient shipping, CartClient carts, Saga<Refund> refunds,
    TimeProvider clock, CheckoutOptions options)
{
    public const string Name = "checkout";

    public SagaPlan<Order> Plan => field ??= Make();

    SagaPlan<Order> Make() => new SagaPlan<Order>(Name, "Placed")
        .Step("Placed", ["Reserved", "Rejected", "Cancelling"], ReserveAsync, undo: ReleaseAsync)
        .Step("Reserved", ["Authorizing", "Cancelling"], (_, _, _) => Go("Authorizing"), isDurable: false)
        .Step("Authorizing", ["Authorized", "PaymentUnknown", "Declined", "AwaitingCustomer", "Cancelling"],
            AuthorizeAsync, undo: VoidAsync, isDurable: false)
        .Step("PaymentUnknown", ["Authorized", "Declined", "AwaitingCustomer", "Cancelling", "NeedsAttention"], AskAgainAsync,
            giveUpAfter: TimeSpan.FromHours(48), giveUpTo: "NeedsAttention")
        .Step("AwaitingCustomer", ["Authorized", "Declined", "Cancelling"], AwaitCustomerAsync)
        .Step("Declined", ["Authorizing", "Cancelling"], AwaitCardAsync)
        .Step("Authorized", ["Pinned", "Cancelling"], PinAsync, isDurable: false)
        .Step("Pinned", ["Confirmed", "Cancelling"], (_, _, _) => Go("Confirmed", OrderStore.ConfirmAsync), isDurable: false)
        .Step("Confirmed", ["Captured", "NeedsAttention"], CaptureAsync)
        .Step("Captured", ["StockCommitted"], CommitStockAsync, isDurable: false)
        .Step("StockCommitted", ["ShipmentRequested"], ShipAsync, isDurable: false)
        .Step("ShipmentRequested", ["Completed"], CompleteAsync, isDurable: false)
        .Step("Cancelling", ["Cancelled", "Rejected", "NeedsAttention"], TakeBackAsync,
            giveUpAfter: TimeSpan.FromHours(48), giveUpTo: "NeedsAttention")
        .Rest("Completed")
        .Rest("Rejected")
        .Rest("Cancelled")
        .Rest("NeedsAttention", "PaymentUnknown", "Cancelling", "Confirmed");

    async Task<Turn> ReserveAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        // Pinned at once: this saga is sure to release. A time limit is set only where a customer is waited for.
        var missing = await inventory.ReserveAsync(order.Id, order.Agreed.Pieces, hold: null, cancellation);
        // An earlier try may still be on its way: it shall find that nothing is wanted any more. That is noted before it is
        // released: a try after the release would find it for good, and a release after another try would take its stock.
        return missing.Count == 0 ? Turn.To("Reserved")
            : Turn.To("Cancelling", (tx, now) => OrderStore.WillEndAsync(tx, now, "rejected", OutOfStock(missing)));
    }

    async Task<bool> ReleaseAsync(Order order, SagaState run, CancellationToken cancellation) =>
        await inventory.PutStateAsync(order.Id, "released", null, cancellation);

    async Task<Turn> AuthorizeAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        try
        {
            return Settle(await payment.AuthorizeAsync(order, ReturnUrl(order), cancellation));
        }
        catch (Exception error) when (error is not InvalidOperationException)
        {
            // Not an answer: the money may have moved. Only asking again tells.
            return Turn.To("PaymentUnknown", (tx, now) => OrderStore.PaymentAsync(tx, now, new PaymentStanding("unknown")));
        }
    }

    async Task<Turn> AskAgainAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        var answer = await payment.AuthorizeAsync(order, ReturnUrl(order), cancellation);
        return answer.State == "unknown" ? Turn.Again("unknown") : Settle(answer);
    }

    async Task<Turn> AwaitCustomerAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        var answer = await payment.AuthorizeAsync(order, ReturnUrl(order), cancellation);
        if (answer.State is not ("requires_customer" or "unknown")) return Settle(answer);
        return await WaitAsync(order, run, "customer_absent", cancellation);
    }

    async Task<Turn> AwaitCardAsync(Order order, SagaState run, CancellationToken cancellation) =>
        order.Attempt == Order.AttemptsMax
            ? Turn.To("Cancelling", (tx, now) => OrderStore.WillEndAsync(tx, now, "rejected", "payment: " + order.Payment.Reason))
            : await WaitAsync(order, run, "payment: " + order.Payment.Reason, cancellation);

    /// <summary>Waits for the customer as long as the stock does; then the order is taken back.</summary>
    async Task<Turn> WaitAsync(Order order, SagaState run, string reason, CancellationToken cancellation)
    {
        var (now, until) = (clock.GetUtcNow(), run.EnteredAt + options.CustomerWait);
        if (now >= until) return Turn.To("Cancelling", (tx, now) => OrderStore.WillEndAsync(tx, now, "rejected", reason));
        // Each time anew, until the same moment: what was asked before a crash may not have been heard.
        await inventory.PutStateAsync(order.Id, "held", until - now, cancellation);
        var ask = now + options.AskEvery;
        return Turn.Wait(ask < until ? ask : until);
    }

    static Turn Settle(PaymentAnswer answer) => answer.State switch
    {
        "authorized" => Turn.To("Authorized", (tx, now) => OrderStore.PaymentAsync(tx, now, new PaymentStanding("authorized"))),
        "declined" => Turn.To("Declined", (tx, now) => OrderStore.WaitingAsync(tx, now, new PaymentStanding("declined", answer.Reason))),
        "requires_customer" => Turn.To("AwaitingCustomer", (tx, now) => OrderStore.WaitingAsync(
            tx, now, new PaymentStanding("requires_customer", null, answer.NextActionUrl))),
        "unknown" => Turn.To("PaymentUnknown", (tx, now) => OrderStore.PaymentAsync(tx, now, new PaymentStanding("unknown"))),
        // Voided, or refused because it was: somebody has taken it back.
        _ => Turn.To("Cancelling", (tx, now) => OrderStore.WillEndAsync(tx, now, "rejected", answer.Reason ?? answer.State)),
    };

    async Task<bool> VoidAsync(Order order, SagaState run, CancellationToken cancellation) =>
        (await payment.VoidAsync(order.Id, cancellation)).State == "voided";

    async Task<Turn> PinAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        if (!order.IsHeld || await inventory.PutStateAsync(order.Id, "pinned", null, cancellation)) return Turn.To("Pinned");
        // It ran out while the customer was away: once more, if there is any left.
        var missing = await inventory.ReserveAsync(order.Id, order.Agreed.Pieces, hold: null, cancellation);
        return missing.Count == 0 ? Turn.To("Pinned")
            : Turn.To("Cancelling", (tx, now) => OrderStore.WillEndAsync(tx, now, "rejected", OutOfStock(missing)));
    }

    async Task<Turn> CaptureAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        var answer = await payment.CaptureAsync(order, cancellation);
        return answer.State switch
        {
            "captured" => Turn.To("Captured", (tx, now) => OrderStore.PaymentAsync(tx, now, new PaymentStanding("captured"))),
            "unknown" => Turn.Again("unknown"),
            _ => Turn.To("NeedsAttention", (tx, now) => ReverseAsync(tx, now, "capture refused: " + answer.Reason)),
        };
    }

    /// <summary>A definite no after the pivot: a reversal takes back what was promised, and somebody has to know.</summary>
    async Task<Order> ReverseAsync(Transaction tx, Order order, string reason)
    {
        order = await OrderStore.ReasonAsync(tx, order, reason);
        var reversal = Refund.Reversal(order, reason, clock.GetUtcNow());
        await RefundStore.AddAsync(tx, reversal);
        await refunds.LeaveAsync(tx, reversal.Id);
        return order;
    }

    async Task<Turn> CommitStockAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        if (await inventory.PutStateAsync(order.Id, "committed", null, cancellation)) return Turn.To("StockCommitted");
        // Not to be expected of a pinned reservation; what was paid is reserved again, as soon as there is any.
        var missing = await inventory.ReserveAsync(order.Id, order.Agreed.Pieces, hold: null, cancellation);
        return Turn.Again(missing.Count == 0 ? "reserved again" : OutOfStock(missing));
    }

    async Task<Turn> ShipAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        var shipment = await shipping.ShipAsync(order, cancellation);
        return Turn.To("ShipmentRequested", (tx, now) => OrderStore.ShipmentAsync(tx, now, shipment));
    }

    async Task<Turn> CompleteAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        await carts.CheckOutAsync(order, cancellation);
        return Turn.To("Completed", OrderStore.UnlockCartAsync);
    }

    async Task<Turn> TakeBackAsync(Order order, SagaState run, CancellationToken cancellation)
    {
        if (!await Plan.UnwindAsync(order, run, cancellation)) return Turn.Again("not taken back yet");
        var ending = order.Ending ?? "cancelled";
        return Turn.To(ending == "rejected" ? "Rejected" : "Cancelled", (tx, now) => OrderStore.EndAsync(tx, now, ending, order.Reason));
    }

    static string OutOfStock(IReadOnlyList<string> skus) => "out_of_stock: " + string.Join(", ", skus);

    /// <summary>
    /// Where an operator may take an order that needs attention: what was confirmed is not cancelled any more, and what was
    /// being taken back is not sold any more, for its stock may have been released and its payment voided.
    /// </summary>
    /// <param name="state">Where to.</param>
    /// <param name="been">The states that it has been in.</param>
    public static bool MayRevive(string state, IReadOnlyCollection<string> been) => state switch
    {
        "Confirmed" => been.Contains("Confirmed"),
        "Cancelling" => !been.Contains("Confirmed"),
        _ => !been.Contains("Confirmed") && !been.Contains("Cancelling"),
    };

    static Task<Turn> Go(string state, Func<Transaction, Order, Task<Order>>? effect = null) => Task.FromResult(Turn.To(state, effect));

    string ReturnUrl(Order order) => $"{options.StoreUrl}/order/{order.Id}";
}

/// <summary>How long Ordering waits for people.</summary>
/// <param name="CustomerWait">For another card, or the bank's question answered. Setting: <c>Ordering:CustomerWait</c>.</param>
/// <param name="AskEvery">Between two questions to Payment meanwhile; its events come sooner.</param>
/// <param name="AnswerWithin">As old a shopper's request may get while it waits for the saga. Setting: <c>Ordering:AnswerWithin</c>.</param>
/// <param name="QuoteWithin">As long as an order waits for Cart and Shipping. Setting: <c>Ordering:QuoteWithin</c>.</param>
/// <param name="StoreUrl">Where shoppers find the store; the bank sends them back there. Setting: <c>Souk:StoreUrl</c>.</param>
sealed record CheckoutOptions(TimeSpan CustomerWait, TimeSpan AskEvery, TimeSpan AnswerWithin, TimeSpan QuoteWithin, string StoreUrl)
{
    public static CheckoutOptions Of(IConfiguration settings) => new(
        settings.GetValue("Ordering:CustomerWait", TimeSpan.FromMinutes(15)),
        settings.GetValue("Ordering:AskEvery", TimeSpan.FromSeconds(30)),
        settings.GetValue("Ordering:AnswerWithin", TimeSpan.FromMilliseconds(220)),
        settings.GetValue("Ordering:QuoteWithin", TimeSpan.FromMilliseconds(250)),
        (settings["Souk:StoreUrl"] ?? "http://localhost:8080").TrimEnd('/'));
}
