namespace Souk.Payment;

/// <summary>The Payment service: what it owns, tells and answers, and which provider moves the money.</summary>
public static class PaymentService
{
    /// <summary>Builds the service from what it is handed.</summary>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("payment", setup);
        var options = PaymentOptions.Of(service.Configuration);
        service.AddJson(PaymentJson.Default);
        service.AddDatabase();
        service.AddProvider(options, setup);
        service.Services.AddSingleton(options);
        service.Services.AddSingleton<PaymentStore>();
        service.Services.AddSingleton<AlarmStore>();
        service.Services.AddSingleton<Alarms>();
        service.Services.AddSingleton<Till>();
        service.Services.AddSingleton<WebhookStore>();
        service.Services.AddSingleton<Webhooks>();
        service.Services.AddSingleton<ReconciliationStore>();
        service.AddPump(provider => ActivatorUtilities.CreateInstance<AskAgain>(provider));
        service.AddPump(provider => ActivatorUtilities.CreateInstance<ProcessWebhooks>(provider));
        service.AddPump(provider => ActivatorUtilities.CreateInstance<Reconcile>(provider));
        service.Publishes("PaymentChanged", PaymentJson.Default.PaymentChanged, readers: "ordering");

        var app = service.Build();
        AuthorizePayment.Map(app);
        CapturePayment.Map(app);
        VoidPayment.Map(app);
        RefundPayment.Map(app);
        ReadPayment.Map(app);
        CreatePage.Map(app);
        TakeWebhook.Map(app);
        ReadReconciliation.Map(app);
        return app;
    }

    /// <summary>The provider that <c>Payment:Provider</c> names; without its keys the service does not start.</summary>
    static void AddProvider(this Service service, PaymentOptions options, ServiceSetup setup)
    {
        var name = service.Configuration["Payment:Provider"] ?? "sandbox";
        switch (name)
        {
            case "sandbox":
                var sandbox = SandboxSettings.Of(service.Configuration);
                service.Calls<IProvider>("sandbox", http => new SandboxProvider(http, sandbox), call =>
                {
                    call.AttemptTimeout = options.ProviderTimeout;
                    // Whoever asks again does so under the same key, after what is known has been committed.
                    call.RetriesMax = 0;
                });
                break;
#if STRIPE
            case "stripe":
                var stripe = StripeSettings.Of(service.Configuration);
                // Not a service of the store: it is shown no identity, and found by its own address.
                var http = new HttpClient(setup.Network?.Invoke("stripe") ?? new SocketsHttpHandler
                {
                    PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                    AllowAutoRedirect = false,
                    UseCookies = false,
                });
                service.Services.AddSingleton<IProvider>(new StripeProvider(http, stripe));
                break;
#endif
            default:
                throw new InvalidOperationException(
                    $"Payment:Provider '{name}' is not to be had: there is 'sandbox', and on the ordinary runtime 'stripe'.");
        }
    }
}
