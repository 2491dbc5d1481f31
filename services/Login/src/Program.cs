using Souk.Login;

LoginService.Build(ServiceSetup.FromCommandLine(args)).Run();
