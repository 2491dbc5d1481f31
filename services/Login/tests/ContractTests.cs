namespace Souk.Login.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var login = await LoginUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(login.Service, "services/Login");
    }
}
