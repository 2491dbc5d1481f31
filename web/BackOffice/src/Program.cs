using Souk.BackOffice;

BackOfficeService.Build(ServiceSetup.FromCommandLine(args)).Run();

namespace Souk.BackOffice
{
    /// <summary>What the store's own people see: pages over the staff routes of the services, with the token of whoever looks.</summary>
    public static class BackOfficeService
    {
        /// <summary>Builds the back office; tests hand in their own settings, clock and network.</summary>
        public static WebApplication Build(ServiceSetup setup)
        {
            var service = Service.Create("backoffice", setup);
            service.Calls<ICatalog>("catalog", http => new CatalogClient(http), AsUser);
            service.Calls<IInventory>("inventory", http => new InventoryClient(http), AsUser);
            service.Calls<IOrdering>("ordering", http => new OrderingClient(http), AsUser);
            service.Calls<IAccounts>("login", http => new AccountsClient(http), AsUser, name: "accounts");

            service.Services.AddSingleton(service.Configuration.GetSection("BackOffice:Budgets").Get<Budgets>() ?? new Budgets());
            service.Services.AddSingleton<Parts>();
            service.AddPages(typeof(BackOfficeService).Assembly, Door.Assets);
            service.AddSignIn(Door.SignIn);

            var app = service.Build();
            app.UseOutside();
            app.UseExceptionHandler(Door.Oops + "/500");
            app.UseStatusCodePagesWithReExecute(Door.Oops + "/{0}");
            app.UseSameOriginForms();
            app.UseSignIn();
            app.UseDoor();
            app.MapSignIn();
            Assets.Map(app);
            app.MapRazorPages().AllowPublic();
            return app;
        }

        /// <summary>The service decides by the user, not by the caller; how long a page waits is its budget's business.</summary>
        static void AsUser(CallOptions calls)
        {
            calls.AttemptTimeout = TimeSpan.FromSeconds(10);
            calls.PassUser = true;
        }
    }

    /// <summary>How long a page waits. Setting: <c>BackOffice:Budgets:Read</c> and so on.</summary>
    public sealed record Budgets
    {
        /// <summary>For each part that is shown.</summary>
        public TimeSpan Read { get; init; } = TimeSpan.FromSeconds(1);

        /// <summary>For a change; what is not known by then is sent again under the same key.</summary>
        public TimeSpan Change { get; init; } = TimeSpan.FromSeconds(4);

        /// <summary>For an import; less than the gateway waits, so that the page can say how far it has come.</summary>
        public TimeSpan Import { get; init; } = TimeSpan.FromSeconds(8);
    }
}
