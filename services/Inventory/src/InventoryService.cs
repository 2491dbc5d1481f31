using Souk.Inventory.Reservations;

namespace Souk.Inventory;

/// <summary>The Inventory service: what it owns, reads, tells and answers.</summary>
public static class InventoryService
{
    /// <summary>Builds the service from what it is handed.</summary>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("inventory", setup);
        service.AddJson(InventoryJson.Default);
        service.AddDatabase();
        service.AddUsers();
        service.Services.AddSingleton<StockStore>();
        service.Services.AddSingleton<ReservationStore>();
        service.Consumes("catalog", LearnSkus.Subscribe);
        service.Publishes("StockChanged", InventoryJson.Default.StockChanged, readers: "cart");
        service.AddPump(provider => new ExpireReservations(
            provider.GetRequiredService<ReservationStore>(), provider.GetRequiredService<TimeProvider>()));

        var app = service.Build();
        ReadAvailability.Map(app);
        ReadStock.Map(app);
        ReceiveStock.Map(app);
        CorrectStock.Map(app);
        ReserveStock.Map(app);
        MoveReservation.Map(app);
        RestockOrder.Map(app);
        ReadReservation.Map(app);
        return app;
    }
}
