using Microsoft.AspNetCore.OpenApi;

namespace Souk.Cart;

/// <summary>The Cart service: what it owns, reads and answers.</summary>
public static class CartService
{
    /// <summary>Builds the service from what it is handed.</summary>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("cart", setup);
        service.AddJson(CartJson.Default);
        service.AddDatabase();
        service.AddUsers();
        service.Services.Configure<OpenApiOptions>("v1", api => api.AddSchemaTransformer(AnyQuantity.Describe));
        service.Services.AddSingleton<CartStore>();
        var currency = new StoreCurrency(service.Configuration["Souk:Currency"] ?? "EUR");
        service.Services.AddSingleton(currency);
        service.Consumes("catalog", new CatalogCopy(currency).Subscribe);
        service.AddPump(provider => new ExpireCarts(
            provider.GetRequiredService<CartStore>(), provider.GetRequiredService<TimeProvider>()));

        var app = service.Build();
        CreateCart.Map(app);
        ReadOwnCart.Map(app);
        ReadCart.Map(app);
        PutLine.Map(app);
        RemoveLine.Map(app);
        ClaimCart.Map(app);
        ReadCartForOrder.Map(app);
        CheckOut.Map(app);
        People.Map(app);
        return app;
    }
}
