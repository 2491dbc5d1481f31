using Souk.Catalog.Images;
using Souk.Catalog.Import;
using Souk.Catalog.Search;

namespace Souk.Catalog;

/// <summary>What the store sells: products, their pictures, and finding them. Its table of contents.</summary>
public static class CatalogService
{
    public static void Main(string[] args) => Build(ServiceSetup.FromCommandLine(args)).Run();

    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("catalog", setup);
        service.AddJson(CatalogJson.Default);
        service.AddDatabase();
        service.AddUsers();
        service.Services.AddSingleton<CatalogStore>();
        service.Services.AddSingleton<SearchStore>();
        service.Services.AddSingleton<ImageStore>();
        service.Services.AddSingleton(new Currency(service.Configuration["Souk:Currency"] ?? "EUR"));
        service.Publishes("ProductPut", CatalogJson.Default.ProductPut, "inventory", "cart");
        service.Publishes("ProductWithdrawn", CatalogJson.Default.ProductWithdrawn, "inventory", "cart");

        var app = service.Build();
        ListProducts.Map(app);
        ReadProduct.Map(app);
        ReadCategories.Map(app);
        ReadImage.Map(app);
        PutImage.Map(app);
        ImportProducts.Map(app);
        EditProduct.Map(app);
        return app;
    }
}
