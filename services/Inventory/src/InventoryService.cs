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
        service.Services.AddSingleton<StockStore>();
        service.Consumes("catalog", LearnSkus.Subscribe);
        service.Publishes("StockChanged", InventoryJson.Default.StockChanged, readers: "cart");

        var app = service.Build();
        ReadAvailability.Map(app);
        ReadStock.Map(app);
        ReceiveStock.Map(app);
        CorrectStock.Map(app);
        return app;
    }
}
