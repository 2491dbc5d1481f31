using Souk.Notifications;

NotificationsService.Build(ServiceSetup.FromCommandLine(args)).Run();
