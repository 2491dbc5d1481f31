using Souk.Ordering;

OrderingService.Build(ServiceSetup.FromCommandLine(args)).Run();
