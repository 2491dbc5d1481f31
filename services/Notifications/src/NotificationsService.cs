namespace Souk.Notifications;

/// <summary>The Notifications service: what it reads, keeps and sends.</summary>
public static class NotificationsService
{
    const string AccountPost = "accounts";

    /// <summary>Builds the service from what it is handed.</summary>
    /// <exception cref="InvalidOperationException"><c>Notifications:Smtp</c> or <c>:From</c> is no address.</exception>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("notifications", setup);
        var settings = service.Configuration;
        var shop = new Uri(settings["Souk:StoreUrl"] ?? "http://localhost:8080");
        var from = Sender.Parse(settings["Notifications:From"] ?? $"Souk <orders@{shop.Host}>");

        service.AddJson(NotificationsJson.Default);
        service.AddDatabase();
        service.Services.AddSingleton<MailStore>();
        service.Services.AddSingleton(NewPost());
        service.Consumes("ordering", new WriteMails(shop).Subscribe);
        service.AddPump(provider => new SendMails(
            provider.GetRequiredService<MailStore>(), provider.GetRequiredService<IPost>(), from,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SendMails>>()));
        // The simulated store has no accounts, and nobody to ask about them.
        if (settings.GetValue("Notifications:Accounts", true))
        {
            service.Services.AddSingleton<AccountMailStore>();
            // A line of their own to the mail server: neither kind waits for the other.
            service.Services.AddKeyedSingleton(AccountPost, NewPost());
            // The pump tries again by itself.
            service.Calls<AccountClient>("login", http => new AccountClient(http), calls => calls.RetriesMax = 0);
            service.Consumes("login", feed => feed.On("AccountMailWanted", LoginJson.Default.AccountMailWanted, (tx, e) => AccountMailStore.QueueAsync(tx, e)));
            service.AddPump(provider => new SendAccountMails(
                provider.GetRequiredService<AccountMailStore>(), provider.GetRequiredService<AccountClient>(),
                provider.GetRequiredKeyedService<IPost>(AccountPost), from,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SendAccountMails>>()));
        }

        var app = service.Build();
        ReadMails.Map(app);
        People.Map(app);
        return app;

        IPost NewPost() => settings["Notifications:Smtp"] is { Length: > 0 } smtp
            ? new SmtpPost(SmtpAddress.Parse(smtp))
            : new FolderPost(Path.Combine(settings["Souk:Data"] ?? AppContext.BaseDirectory, "mails"));
    }
}
