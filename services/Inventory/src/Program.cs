using Souk.Inventory;

InventoryService.Build(ServiceSetup.FromCommandLine(args)).Run();
