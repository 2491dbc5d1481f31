using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.Extensions.WebEncoders;
using Souk.Storefront;

StorefrontService.Build(ServiceSetup.FromCommandLine(args)).Run();

namespace Souk.Storefront
{
    /// <summary>The shop that a shopper sees: pages made of parts, each asked of its service within a time of its own.</summary>
    public static class StorefrontService
    {
        /// <summary>Builds the storefront; tests hand in their own settings, clock and network.</summary>
        public static WebApplication Build(ServiceSetup setup)
        {
            var service = Service.Create("storefront", setup);
            service.Calls<ICatalog>("catalog", http => new CatalogClient(http));
            service.Calls<IInventory>("inventory", http => new InventoryClient(http));
            service.Calls<ICart>("cart", http => new CartClient(http));

            service.Calls<IOrdering>("ordering", http => new OrderingClient(http), calls => calls.AttemptTimeout = TimeSpan.FromSeconds(4));
            var outside = new Outside(service.Configuration);
            service.Calls<IPayment>("payment", http => new PaymentClient(http, outside), calls => calls.AttemptTimeout = TimeSpan.FromSeconds(4));

            var services = service.Services;
            services.AddSingleton(outside);
            services.AddSingleton(service.Configuration.GetSection("Storefront:Budgets").Get<Budgets>() ?? new Budgets());
            services.AddSingleton<Parts>();
            services.AddSingleton<Categories>();
            services.AddSingleton<Assets>();
            services.AddHttpContextAccessor();
            services.AddScoped<ShopperCart>();
            services.AddScoped<ShopperCheckout>();
            services.AddSingleton<Seal>();
            services.AddScoped<Nonce>();
            services.AddScoped<PagePolicy>();
            services.AddSingleton<IStartupFilter, BrowserGuard>();
            if (setup.Network is null) services.AddHostedService<WarmUp>();
            AddPages(services);
            AddForms(service);

            var app = service.Build();
            app.UseOutside();
            app.UseExceptionHandler("/oops/500");
            app.UseStatusCodePagesWithReExecute("/oops/{0}");
            app.UseSameOriginForms();
            Assets.Map(app);
            app.MapRazorPages().AllowPublic();
            return app;
        }

        static void AddPages(IServiceCollection services)
        {
            // The pages are in this assembly, whatever the service is called.
            var parts = new ApplicationPartManager();
            parts.ApplicationParts.Add(new AssemblyPart(typeof(StorefrontService).Assembly));
            parts.ApplicationParts.Add(new CompiledRazorAssemblyPart(typeof(StorefrontService).Assembly));
            services.AddSingleton(parts);
            services.AddRazorPages(pages => pages.Conventions.AddPageRoute("/Search", "/category/{slug}"));
            services.Configure<RouteOptions>(routes => routes.LowercaseUrls = true);
            // Letters of every script as they are; what means something in HTML is still escaped.
            services.Configure<WebEncoderOptions>(encoder => encoder.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        }

        static void AddForms(Service service)
        {
            service.Services.AddAntiforgery(forms =>
            {
                forms.Cookie.Name = "souk-form";
                // Not Strict: coming back from the provider's page a shopper would be given another, and the forms in
                // other tabs would be refused. No other site's POST carries a Lax cookie either.
                forms.Cookie.SameSite = SameSiteMode.Lax;
                forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                forms.FormFieldName = "form";
                forms.HeaderName = null;
                forms.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
            });
            service.Services.Configure<CookieTempDataProviderOptions>(words =>
            {
                words.Cookie.Name = "souk-words";
                words.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                words.Cookie.IsEssential = true;
            });
            // Beside the services' own keys, so that every replica reads the others' forms, also after a restart.
            var keys = Path.Combine(service.Configuration["Souk:Keys"] ?? Path.Combine(AppContext.BaseDirectory, "keys"), "storefront-forms");
            var folder = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(keys)
                : Directory.CreateDirectory(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            service.Services.AddDataProtection().SetApplicationName("souk-storefront").PersistKeysToFileSystem(folder);
            // It warns that the keys are not encrypted at rest; the folder is the owner's alone, like the keys beside it.
            service.Builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
            // A bug in a page is logged here, once, by the exception handler.
            service.Builder.Logging.AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.Error);
        }
    }
}
