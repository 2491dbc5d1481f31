namespace Souk.Sandbox;

/// <summary>
/// The sandbox: a payment provider to try a store with. It is to the store what a real provider is, and no part of it: it
/// asks for an API key instead of a service's identity, shows pages of its own, and tells what happened by webhook.
/// </summary>
public static class SandboxService
{
    /// <summary>Builds the provider from what it is handed.</summary>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("sandbox", setup);
        service.AddJson(SandboxJson.Default);
        service.AddDatabase();
        var settings = ProviderSettings.From(service.Configuration);
        service.Services.AddSingleton(settings);
        service.Services.AddSingleton<SandboxStore>();
        service.Services.AddSingleton<SwitchBoard>();
        service.Services.AddSingleton<Effects>();
        service.Services.AddSingleton(provider => new WebhookSender(
            settings, setup.Network, provider.GetRequiredService<TimeProvider>()));
        service.AddPump(provider => new DeliverWebhooks(
            provider.GetRequiredService<SandboxStore>(), provider.GetRequiredService<WebhookSender>(),
            provider.GetRequiredService<SwitchBoard>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IIdSource>()));

        var app = service.Build();
        app.UseFrontOffice();
        Authorize.Map(app);
        ChangeAuthorization.Map(app);
        ReadAuthorizations.Map(app);
        ReadLedger.Map(app);
        TurnSwitches.Map(app);
        EnterCard.Map(app);
        ConfirmPayment.Map(app);
        return app;
    }
}

/// <summary>What the provider and the shop have agreed on.</summary>
/// <param name="Store">Where a browser finds the shop: customers are sent back to this origin and no other.</param>
/// <param name="Provider">Where a browser finds the provider's pages.</param>
/// <param name="Webhooks">Where the shop wants to be told.</param>
/// <param name="ApiSecret">Who has it is the shop.</param>
/// <param name="WebhookSecret">Signs what the shop is told.</param>
sealed record ProviderSettings(Uri Store, Uri Provider, Uri Webhooks, byte[] ApiSecret, byte[] WebhookSecret)
{
    const int SecretMin = 32;

    /// <summary>The shop's origin, as a browser writes it.</summary>
    public string StoreOrigin { get; } = Store.GetLeftPart(UriPartial.Authority);

    public static ProviderSettings From(IConfiguration configuration)
    {
        var store = new Uri(configuration["Souk:StoreUrl"] ?? "http://localhost:8080");
        return new ProviderSettings(
            store,
            new Uri(configuration["Souk:ProviderUrl"] ?? "http://localhost:8082"),
            new Uri(configuration["Sandbox:WebhookUrl"] ?? new Uri(store, "/api/payment/webhooks/sandbox").ToString()),
            Secret(configuration, "Souk:Secrets:ProviderApi"),
            Secret(configuration, "Souk:Secrets:ProviderWebhook"));
    }

    /// <summary>An address of the shop's, or null: customers are sent nowhere else.</summary>
    public Uri? InStore(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
        && uri.GetLeftPart(UriPartial.Authority) == StoreOrigin ? uri : null;

    static byte[] Secret(IConfiguration configuration, string name) =>
        configuration[name] is { Length: >= SecretMin } secret
            ? System.Text.Encoding.UTF8.GetBytes(secret)
            : throw new InvalidOperationException($"{name} has to be a secret of {SecretMin} characters or more.");
}
