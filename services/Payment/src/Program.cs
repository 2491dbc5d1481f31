using Souk.Payment;

PaymentService.Build(ServiceSetup.FromCommandLine(args)).Run();
