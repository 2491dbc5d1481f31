using System.Text.Json;
using CsCheck;
using Souk.Platform.Data;
using static Souk.Catalog.Tests.CatalogTest;

namespace Souk.Catalog.Tests;

public sealed class HistoryTests
{
    /// <summary>
    /// Files of a few products in any order, with variants that come and go, drafts, refused rows, SKUs that wander.
    /// Whoever replays the feed must know exactly what the catalogue shows, by versions that only grow.
    /// </summary>
    [Fact]
    public async Task Who_replays_the_feed_knows_what_is_for_sale_whatever_was_imported()
    {
        var handle = Gen.Int[0, 4].Select(i => "abcde"[i].ToString());
        var row = Gen.Select(handle, Gen.Int[0, 3], Gen.Int[0, 9], Gen.Int[0, 5], (h, size, published, sku) => Row(
            h, published: published < 7 ? "true" : "false", option: "Size", value: "SMLX"[size].ToString(),
            sku: sku == 0 ? "wanderer" : "", price: published == 5 ? "oops" : "1" + size));
        var files = row.Array[0, 12].Array[1, 6];

        await files.SampleAsync(async imports =>
        {
            await using var catalog = await StartAsync(Engine.Sqlite);
            foreach (var rows in imports)
            {
                var file = CatalogTest.File(rows);
                await catalog.ImportAsync(file);
                var published = await AssertReplayAsync(catalog);
                var again = await catalog.ImportAsync(file);
                Assert.Equal((again.Products, published), (again.Unchanged, await AssertReplayAsync(catalog)));
            }
        }, iter: 40, threads: 1);
    }

    static async Task<int> AssertReplayAsync(TestService catalog)
    {
        var replayed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var versions = new Dictionary<string, long>();
        foreach (var e in await catalog.EventsAsync("cart"))
        {
            var (subject, version) = (e.GetProperty("subject").GetString()!, e.GetProperty("aggregateversion").GetInt64());
            Assert.True(version > versions.GetValueOrDefault(subject), $"{subject}: {version} after {versions.GetValueOrDefault(subject)}");
            versions[subject] = version;
            if (e.GetProperty("type").GetString() == "ProductPut") replayed[subject] = Skus(e.GetProperty("data").GetProperty("variants"));
            else Assert.True(replayed.Remove(subject), $"{subject} was withdrawn and was not for sale.");
        }

        var shown = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in (await catalog.GetAsync("/api/catalog/products?pageSize=100")).GetProperty("items").EnumerateArray())
        {
            var product = await catalog.ProductAsync(item.GetProperty("handle").GetString()!);
            shown.Add(product.GetProperty("handle").GetString()!, Skus(product.GetProperty("variants")));
        }
        Assert.Equal(replayed, shown);
        // A SKU is one product's alone.
        var all = shown.Values.SelectMany(skus => skus.Split(' ')).Select(sku => sku.Split('=')[0]).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        return (int)versions.Values.Sum();
    }

    static string Skus(JsonElement variants) => string.Join(' ', variants.EnumerateArray().Select(variant =>
        $"{variant.GetProperty("sku").GetString()}={variant.GetProperty("price").GetProperty("amount").GetInt64()}"));
}
