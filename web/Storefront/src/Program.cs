using Souk.Storefront;

StorefrontService.Build(ServiceSetup.FromCommandLine(args)).Run();

namespace Souk.Storefront
{
    /// <summary>The shop that a shopper sees: pages made of parts, each asked of its service within a time of its own.</summary>
    public static class StorefrontService
    {
        static readonly SignInPaths SignInPaths = new("/signin", "/signout", "/", "/?notice=signin-unavailable", "/?notice=signed-out-here", Refused: "/");

        /// <summary>Builds the storefront; tests hand in their own settings, clock and network.</summary>
        public static WebApplication Build(ServiceSetup setup)
        {
            var service = Service.Create("storefront", setup);
            service.Calls<ICatalog>("catalog", http => new CatalogClient(http));
            service.Calls<IInventory>("inventory", http => new InventoryClient(http));
            service.Calls<ICart>("cart", http => new CartClient(http), calls => calls.PassUser = true);

            service.Calls<IOrdering>("ordering", http => new OrderingClient(http), calls =>
            {
                calls.AttemptTimeout = TimeSpan.FromSeconds(4);
                calls.PassUser = true;
            });
            service.Calls<ISettings>("settings", http => new SettingsClient(http), calls => calls.PassUser = true);
            var outside = new Outside(service.Configuration);
            service.Calls<IPayment>("payment", http => new PaymentClient(http, outside), calls => calls.AttemptTimeout = TimeSpan.FromSeconds(4));

            var services = service.Services;
            services.AddSingleton(outside);
            services.AddSingleton(service.Configuration.GetSection("Storefront:Budgets").Get<Budgets>() ?? new Budgets());
            services.AddSingleton<Parts>();
            services.AddSingleton<Categories>();
            services.AddScoped<ShopperCart>();
            services.AddScoped<ShopperCheckout>();
            services.AddSingleton<Seal>();
            if (setup.Network is null) services.AddHostedService<WarmUp>();
            service.AddPages(typeof(StorefrontService).Assembly)
                .AddRazorPagesOptions(pages => pages.Conventions.AddPageRoute("/Search", "/category/{slug}"));
            service.AddSignIn(SignInPaths);

            var app = service.Build();
            app.UseOutside();
            app.UseExceptionHandler("/oops/500");
            app.UseStatusCodePagesWithReExecute("/oops/{0}");
            app.UseSameOriginForms();
            app.UseSignIn();
            app.MapSignIn();
            Assets.Map(app);
            app.MapRazorPages().AllowPublic();
            return app;
        }
    }
}
