using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Souk.Acceptance;

/// <summary>Catalog, Inventory and Cart as real processes, killed again and again between a commit and its readers.</summary>
public sealed class KillTests
{
    const int Kills = 100;
    const int Seed = 20261123;

    [Fact]
    public async Task A_hundred_kills_between_an_imports_commit_and_its_feed_being_read_lose_and_double_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("souk-kill-").FullName;
        await using var catalog = new ServiceProcess("catalog", folder);
        await using var inventory = new ServiceProcess("inventory", folder);
        await using var cart = new ServiceProcess("cart", folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "endpoints.json"), JsonSerializer.Serialize(new
        {
            Services = new Dictionary<string, object>
            {
                ["catalog"] = new { http = new[] { catalog.Address.ToString() } },
                ["inventory"] = new { http = new[] { inventory.Address.ToString() } },
            },
        }));
        await Task.WhenAll(catalog.StartAsync(), inventory.StartAsync(), cart.StartAsync());

        var random = new Random(Seed);
        ServiceProcess[] all = [catalog, inventory, cart];
        for (var kill = 1; kill <= Kills; kill++)
        {
            // A new product and a new price for an old one: the import commits, and at some moment of its being
            // read a service dies, the producer itself not excepted.
            await ImportAsync(catalog, kill);
            var victim = all[random.Next(all.Length)];
            for (var turns = random.Next(2000); turns > 0; turns--) await Task.Yield();
            await victim.KillAsync();
            await victim.StartAsync();
        }

        var reader = catalog.Client("inventory");
        await Eventually.HoldsAsync("Inventory and Cart have read everything", async () =>
        {
            var last = Position((await EventsAsync(reader))[^1]);
            return await ReadUpToAsync(inventory) == last && await ReadUpToAsync(cart) == last;
        }, TimeSpan.FromSeconds(60));

        // The producer: every version of every product once, in order.
        var events = await EventsAsync(reader);
        Assert.Equal(Kills + Kills - 1, events.Count);
        Assert.All(events.GroupBy(e => e.GetProperty("subject").GetString()), product =>
            Assert.Equal(Enumerable.Range(1, product.Count()), product.Select(e => e.GetProperty("aggregateversion").GetInt32())));

        // Inventory: each SKU has its first quantity, and one audit row that says so.
        // Cart: each SKU is sold at its last price.
        var shopper = cart.Client("gateway");
        for (var n = 1; n <= Kills; n++)
        {
            var stock = await inventory.Http.GetFromJsonAsync<JsonElement>($"/internal/stock/K-{n}");
            Assert.Equal(n, stock.GetProperty("onHand").GetInt32());
            var audit = await inventory.Http.GetStringAsync($"/internal/stock/K-{n}/audit");
            Assert.Equal(1, Count(audit, "\"reason\""));

            using var made = await shopper.PostAsync("/api/cart/carts", null);
            var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
            using var put = await shopper.PutAsJsonAsync($"/api/cart/carts/{id}/lines/K-{n}", new { quantity = 1 });
            var total = (await put.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("total").GetProperty("amount").GetInt32();
            Assert.Equal(n == Kills ? 1000 : 2000 + n, total);
        }
        Directory.Delete(folder, recursive: true);
    }

    static async Task ImportAsync(ServiceProcess catalog, int n)
    {
        var csv = new StringBuilder("Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n");
        csv.Append(CultureInfo.InvariantCulture, $"k-{n},Number {n},,Kill,Test,,true,Title,Default Title,K-{n},{n},10.00\n");
        if (n > 1)
        {
            var old = n - 1;
            csv.Append(CultureInfo.InvariantCulture, $"k-{old},Number {old},,Kill,Test,,true,Title,Default Title,K-{old},{old},{20 + old / 100m:0.00}\n");
        }
        using var content = new StringContent(csv.ToString(), Encoding.UTF8, "text/csv");
        using var answer = await catalog.Http.PostAsync("/internal/imports", content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Contains("\"refusedTotal\":0", text.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    static async Task<List<JsonElement>> EventsAsync(HttpClient reader)
    {
        var all = new List<JsonElement>();
        while (true)
        {
            var after = all.Count == 0 ? 0 : Position(all[^1]);
            var page = await reader.GetFromJsonAsync<List<JsonElement>>($"/internal/events?after={after}");
            if (page is null or []) return all;
            all.AddRange(page);
        }
    }

    static async Task<long> ReadUpToAsync(ServiceProcess consumer)
    {
        var detail = await consumer.Http.GetFromJsonAsync<JsonElement>("/health/detail");
        return detail.GetProperty("feeds").EnumerateArray()
            .First(feed => feed.GetProperty("producer").GetString() == "catalog").GetProperty("position").GetInt64();
    }

    static long Position(JsonElement e) => long.Parse(e.GetProperty("sequence").GetString()!, CultureInfo.InvariantCulture);

    static int Count(string text, string part) => text.Split(part).Length - 1;
}
