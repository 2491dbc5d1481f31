using Souk.Cart;

CartService.Build(ServiceSetup.FromCommandLine(args)).Run();
