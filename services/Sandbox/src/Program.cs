using Souk.Sandbox;

SandboxService.Build(ServiceSetup.FromCommandLine(args)).Run();
