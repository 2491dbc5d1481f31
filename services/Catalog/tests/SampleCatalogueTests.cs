using Souk.Platform.Data;

namespace Souk.Catalog.Tests;

/// <summary>Real files: the public samples beside the repository, and the catalogue that a first run opens with.</summary>
public sealed class SampleCatalogueTests
{
    [Theory]
    [InlineData(Engine.Sqlite, "apparel.csv")]
    [InlineData(Engine.Sqlite, "home-and-garden.csv")]
    [InlineData(Engine.Postgres, "apparel.csv")]
    [InlineData(Engine.Postgres, "home-and-garden.csv")]
    public async Task A_public_sample_imports_whole_and_again_changes_nothing(Engine engine, string file)
    {
        var path = Repository.SharedData(file);
        if (path is null && Environment.GetEnvironmentVariable("CI") != "true") Assert.Skip($"../shared/data/{file} is not there.");
        Assert.True(path is not null, $"../shared/data/{file} is not there.");
        if (engine == Engine.Postgres && Postgres.SkipReason is { } reason) Assert.Skip(reason);
        await ImportsWholeAsync(engine, path, products: 20);
    }

    [Fact]
    public async Task Everything_in_the_stores_own_catalogue_weighs_something()
    {
        await using var catalog = await CatalogTest.StartAsync(Engine.Sqlite);
        await catalog.ImportAsync(await File.ReadAllTextAsync(Repository.Path("data", "catalogue.csv")));
        var variants = (await catalog.EventsAsync("cart")).SelectMany(e => e.GetProperty("data").GetProperty("variants").EnumerateArray());
        Assert.All(variants, variant => Assert.InRange(variant.GetProperty("grams").GetInt64(), 1, 20_000));
    }

    [Fact]
    public Task The_stores_own_catalogue_imports_whole_and_again_changes_nothing() =>
        ImportsWholeAsync(Engine.Sqlite, Repository.Path("data", "catalogue.csv"), products: null);

    static async Task ImportsWholeAsync(Engine engine, string path, int? products)
    {
        await using var catalog = await CatalogTest.StartAsync(engine);
        var csv = await File.ReadAllTextAsync(path);

        var first = await catalog.ImportAsync(csv);
        var events = await catalog.EventsAsync("cart");
        var second = await catalog.ImportAsync(csv);

        Assert.Empty(first.Refused);
        Assert.True(first.Created > 0 && first.Created == first.Products);
        Assert.Equal(products ?? first.Created, first.Created);
        Assert.Equal((0, 0, first.Products, 0), (second.Created, second.Updated, second.Unchanged, second.Withdrawn));
        Assert.Equal(first.Created, events.Count);
        Assert.Equal(events.Count, (await catalog.EventsAsync("cart")).Count);

        // Every row with a price is a variant; each has a SKU of its own.
        var skus = events.SelectMany(e => e.GetProperty("data").GetProperty("variants").EnumerateArray())
            .Select(variant => variant.GetProperty("sku").GetString()!).ToList();
        using var reader = CsvHelper.CsvReader.FromText(csv);
        var rows = 0;
        while (reader.Read()) rows += reader.GetString("Variant Price").Length > 0 ? 1 : 0;
        Assert.Equal(rows, skus.Count);
        Assert.Equal(rows, skus.Distinct().Count());

        // And every product is found by its own title.
        foreach (var data in events.Select(e => e.GetProperty("data")))
        {
            var title = data.GetProperty("title").GetString()!;
            Assert.Contains(data.GetProperty("handle").GetString(),
                await catalog.HandlesAsync("pageSize=100&query=" + Uri.EscapeDataString(title)));
        }
    }
}
