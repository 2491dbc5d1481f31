namespace Souk.Settings;

/// <summary>The Settings service: what it owns, whom it asks about a person, and what it answers.</summary>
public static class SettingsService
{
    // In the order in which they forget somebody: Login last, because with the account the tokens go.
    const string People = "ordering,cart,login";
    const string PeopleByOrder = "shipping,notifications";

    /// <summary>Builds the service from what it is handed.</summary>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("settings", setup);
        service.AddJson(SettingsJson.Default);
        service.AddDatabase();
        service.AddUsers();
        service.Services.AddSingleton(Rules.Of(service.Configuration));
        service.Services.AddSingleton<PersonStore>();

        foreach (var name in Names("Settings:People", People)) AddPeople(name, isByOrder: false);
        foreach (var name in Names("Settings:PeopleByOrder", PeopleByOrder)) AddPeople(name, isByOrder: true);

        string[] Names(string key, string standard) => (service.Configuration[key] ?? standard)
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        // A service gathers what it holds from all its tables; nobody waits for it here.
        void AddPeople(string name, bool isByOrder) => service.Calls(
            name, http => new PeopleClient(name, http, isByOrder), call => call.AttemptTimeout = TimeSpan.FromSeconds(5));

        service.Services.AddSingleton<ExportSaga>();
        service.Services.AddSingleton<ErasureSaga>();
        service.AddSaga(provider => provider.GetRequiredService<ExportSaga>().Plan(), ExportStore.FindAsync);
        service.AddSaga(provider => provider.GetRequiredService<ErasureSaga>().Plan(), ErasureStore.FindAsync);
        service.AddPump(provider => new ExpireExports(
            provider.GetRequiredService<Database>(), provider.GetRequiredService<TimeProvider>()));

        var app = service.Build();
        ReadSettings.Map(app);
        PutProfile.Map(app);
        PutAddress.Map(app);
        RemoveAddress.Map(app);
        PutNotifications.Map(app);
        PutConsent.Map(app);
        RequestExport.Map(app);
        RequestErasure.Map(app);
        return app;
    }
}
