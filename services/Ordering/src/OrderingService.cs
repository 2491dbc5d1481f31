namespace Souk.Ordering;

/// <summary>The Ordering service: what it owns, asks, reads, tells and answers.</summary>
public static class OrderingService
{
    /// <summary>Builds the service from what it is handed.</summary>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("ordering", setup);
        service.AddJson(OrderingJson.Default);
        service.AddDatabase();
        service.AddUsers();
        service.Services.AddSingleton(new StoreCurrency(service.Configuration["Souk:Currency"] ?? "EUR"));
        service.Services.AddSingleton(CheckoutOptions.Of(service.Configuration));

        // Somebody's own cart is read for its owner alone.
        service.Calls("cart", http => new CartClient(http), call => call.PassUser = true);
        service.Calls("shipping", http => new ShippingClient(http, setup.Clock));
        service.Calls("inventory", http => new InventoryClient(http));
        // Payment waits for its provider before it says "unknown"; asking again is the saga's matter.
        service.Calls("payment", http => new PaymentClient(http), call => (call.AttemptTimeout, call.RetriesMax) = (TimeSpan.FromSeconds(5), 0));

        service.Services.AddSingleton<Quotes>();
        service.Services.AddSingleton<Checkouts>();
        service.Services.AddSingleton<CheckoutSaga>();
        service.Services.AddSingleton<RefundSaga>();
        service.AddSaga(provider => provider.GetRequiredService<RefundSaga>().Plan(), RefundStore.FindAsync);
        service.AddSaga(provider => provider.GetRequiredService<CheckoutSaga>().Plan, OrderStore.FindAsync);

        service.Consumes("payment", PaymentFeed.Subscribe);
        service.Consumes("shipping", ShippingFeed.Subscribe);
        service.Publishes("OrderConfirmed", OrderingJson.Default.OrderConfirmed, readers: "notifications");
        service.Publishes("OrderShipped", OrderingJson.Default.OrderShipped, readers: "notifications");
        service.Publishes("OrderRefunded", OrderingJson.Default.OrderRefunded, readers: "notifications");
        service.Publishes("OrderCancelled", OrderingJson.Default.OrderCancelled, readers: "notifications");

        var app = service.Build();
        CreateQuote.Map(app);
        PlaceOrder.Map(app);
        OrderHistory.Map(app);
        ReadOrder.Map(app);
        CancelOrder.Map(app);
        PayAgain.Map(app);
        RefundOrder.Map(app);
        LookUpOrder.Map(app);
        ListOrders.Map(app);
        ListSagas.Map(app);
        MoveOrder.Map(app);
        StaffOrders.Map(app);
        People.Map(app);
        return app;
    }
}
