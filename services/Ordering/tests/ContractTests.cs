namespace Souk.Ordering.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var ordering = await OrderingUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(ordering.Service, "services/Ordering");
    }
}
