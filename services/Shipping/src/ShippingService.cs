namespace Souk.Shipping;

/// <summary>The Shipping service: what it owns, tells and answers.</summary>
public static class ShippingService
{
    /// <summary>Builds the service from what it is handed.</summary>
    /// <exception cref="InvalidOperationException"><c>Shipping:Carrier</c> is none that there is, or the rates are wrong.</exception>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("shipping", setup);
        var settings = service.Configuration;
        service.AddJson(ShippingJson.Default);
        service.AddDatabase();
        service.AddUsers();
        service.Services.AddSingleton<ShipmentStore>();
        service.Services.AddSingleton(Rates.Read(
            settings["Shipping:Rates"] ?? Path.Combine(AppContext.BaseDirectory, "rates.json"), settings["Souk:Currency"] ?? "EUR"));
        service.Publishes("ShipmentChanged", ShippingJson.Default.ShipmentChanged, readers: "ordering");
        switch (settings["Shipping:Carrier"] ?? "sandbox")
        {
            case "sandbox":
                var pace = settings.GetValue("Shipping:SandboxCarrierPace", TimeSpan.FromMinutes(1));
                service.AddPump(provider => new SandboxCarrier(
                    provider.GetRequiredService<ShipmentStore>(), provider.GetRequiredService<TimeProvider>(), pace));
                break;
            case "none":
                break;
            case var other:
                throw new InvalidOperationException($"Shipping:Carrier is 'sandbox' or 'none', not '{other}'.");
        }

        var app = service.Build();
        ReadOptions.Map(app);
        RequestShipment.Map(app);
        CancelShipment.Map(app);
        ReadShipment.Map(app);
        ReportParcel.Map(app);
        TrackParcel.Map(app);
        People.Map(app);
        return app;
    }
}
