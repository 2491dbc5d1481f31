namespace Souk.Shipping.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(shipping.Service, "services/Shipping");
    }
}
