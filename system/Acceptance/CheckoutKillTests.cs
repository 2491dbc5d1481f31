using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Platform.Data;

namespace Souk.Acceptance;

/// <summary>
/// Shoppers check out while services die and the payment provider misbehaves; afterwards the books are audited.
/// <c>SOUK_KILL_CHECKOUTS</c>, <c>SOUK_KILL_RATE</c> and <c>SOUK_KILL_EVERY</c>
/// (seconds, "2-5") make it the long run.
/// </summary>
public sealed class CheckoutKillTests
{
    const int Seed = 20261124;
    const int KillsMin = 20;
    const int CheckoutsPerRound = 100;
    const int RoundsMax = 40;

    static readonly string[] Victims =
        ["cart", "catalog", "gateway", "inventory", "notifications", "ordering", "payment", "sandbox", "shipping", "storefront"];

    static readonly int Checkouts = int.Parse(Setting("SOUK_KILL_CHECKOUTS", "200"), CultureInfo.InvariantCulture);
    static readonly int Rate = int.Parse(Setting("SOUK_KILL_RATE", "4"), CultureInfo.InvariantCulture);
    static readonly double[] Every =
        [.. Setting("SOUK_KILL_EVERY", "0.5-1").Split('-').Select(seconds => double.Parse(seconds, CultureInfo.InvariantCulture))];

    [Theory, EveryEngine]
    public async Task Checkouts_under_kills_lose_double_and_oversell_nothing(Engine engine)
    {
        await using var store = new Store(
            engine == Engine.Postgres ? await Postgres.CreateDatabaseAsync() : null, ("Gateway__RequestsPerSecond", "0"));
        await store.InitializeAsync();
        await FillShelvesAsync(store);
        var random = new Random(Seed);
        await store.TurnAsync(new { latencyMs = 5, timeoutBefore = 0.01, timeoutAfter = 0.01, webhookLost = 0.1, webhookLate = 0.1, webhookLateMs = 2000, webhookDuplicate = 0.1, webhookReorder = 0.1 });

        // Shoppers in rounds until there were enough of both; each round is told apart by its seed.
        var record = Path.Combine(store.Folder, "told.jsonl");
        var (rounds, kills, told) = (0, 0, "");
        while (rounds * CheckoutsPerRound < Checkouts || kills < KillsMin)
        {
            Assert.True(rounds < RoundsMax, $"Only {kills} kills in {rounds} rounds.\n{told}");
            var round = Path.Combine(store.Folder, "round.jsonl");
            var shopping = store.TryAsync("shop", "--checkouts", Text(CheckoutsPerRound), "--rate", Text(Rate), "--seed", Text(Seed + rounds++),
                "--mix", "buy=88,cancel=6,return=6", "--record", round);
            kills += await KillAsync(store, shopping, random);
            told += (await shopping).Output;
            await File.AppendAllLinesAsync(record, File.ReadLines(round));
        }
        await Eventually.HoldsAsync("the provider behaves again", async () =>
        {
            await store.TurnAsync(new { });
            return true;
        }, TimeSpan.FromSeconds(30));

        var (exitCode, audit) = await store.TryAsync("audit", "--record", record, "--wait-quiet", "60");
        TestContext.Current.TestOutputHelper?.WriteLine($"{Text(kills)} kills in {Text(rounds)} rounds\n{told}\n{audit}");
        Assert.True(exitCode == 0, audit + told);
    }

    /// <summary>Kills one service after another until the round is over: each time another one, and only once all are back.</summary>
    static async Task<int> KillAsync(Store store, Task shopping, Random random)
    {
        var kills = 0;
        while (true)
        {
            var pause = TimeSpan.FromSeconds(Every[0] + random.NextDouble() * (Every[^1] - Every[0]));
            if (await Task.WhenAny(shopping, Task.Delay(pause, TimeProvider.System)) == shopping) return kills;
            if (!store.IsWhole(Victims)) continue;
            store.Kill(Victims[random.Next(Victims.Length)]);
            kills++;
        }
    }

    /// <summary>So much of everything that a shopper finds it, however many were here before.</summary>
    static async Task FillShelvesAsync(Store store)
    {
        using var receipts = await store.ClientOfAsync("inventory");
        for (var page = 1; ; page++)
        {
            var products = await store.Http.GetFromJsonAsync<JsonElement>($"/api/catalog/products?pageSize=50&page={Text(page)}");
            foreach (var sku in products.GetProperty("items").EnumerateArray().SelectMany(item => item.GetProperty("skus").EnumerateArray()))
            {
                var stock = $"/internal/stock/{Uri.EscapeDataString(sku.GetString()!)}";
                await Eventually.HoldsAsync($"Inventory has heard of {sku}", async () =>
                {
                    using var known = await receipts.GetAsync(stock);
                    return known.IsSuccessStatusCode;
                });
                using var receipt = new HttpRequestMessage(HttpMethod.Post, stock + "/receipts");
                receipt.Headers.Add("Idempotency-Key", "shelves " + sku.GetString());
                receipt.Content = JsonContent.Create(new { quantity = 1000, reason = "For a crowd" });
                using var answer = await receipts.SendAsync(receipt);
                answer.EnsureSuccessStatusCode();
            }
            if (products.GetProperty("items").GetArrayLength() < 50) return;
        }
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    static string Setting(string name, string standard) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } set ? set : standard;
}
