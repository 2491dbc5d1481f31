using Souk.Platform.Data;

namespace Souk.Catalog.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_code_keeps_the_published_contract()
    {
        await using var catalog = await CatalogTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(catalog, "services/Catalog");
    }
}
