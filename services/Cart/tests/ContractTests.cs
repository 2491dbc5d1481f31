namespace Souk.Cart.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var cart = await CartUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(cart.Service, "services/Cart");
    }
}
