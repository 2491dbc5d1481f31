namespace Souk.Sandbox.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(sandbox.Service, "services/Sandbox");
    }
}
