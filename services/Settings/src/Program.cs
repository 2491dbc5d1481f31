using Souk.Settings;

SettingsService.Build(ServiceSetup.FromCommandLine(args)).Run();
