namespace Souk.Settings.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var settings = await SettingsUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(settings.Service, "services/Settings");
    }
}
