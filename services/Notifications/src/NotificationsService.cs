namespace Souk.Notifications;

/// <summary>The Notifications service: what it reads, keeps and sends.</summary>
public static class NotificationsService
{
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
        service.Services.AddSingleton<IPost>(settings["Notifications:Smtp"] is { Length: > 0 } smtp
            ? new SmtpPost(SmtpAddress.Parse(smtp))
            : new FolderPost(Path.Combine(settings["Souk:Data"] ?? AppContext.BaseDirectory, "mails")));
        service.Consumes("ordering", new WriteMails(shop).Subscribe);
        service.AddPump(provider => new SendMails(
            provider.GetRequiredService<MailStore>(), provider.GetRequiredService<IPost>(), from,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SendMails>>()));

        var app = service.Build();
        ReadMails.Map(app);
        return app;
    }
}
