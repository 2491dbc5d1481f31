namespace Souk.Inventory.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(inventory.Service, "services/Inventory");
    }
}
