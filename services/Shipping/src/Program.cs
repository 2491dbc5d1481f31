using Souk.Shipping;

ShippingService.Build(ServiceSetup.FromCommandLine(args)).Run();
