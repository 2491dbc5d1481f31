using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.Bench;

/// <summary>
/// What a shopper waits for, measured at the front door of a running store (<c>SOUK_URL</c>, default
/// http://localhost:8080): the product page and a write to a cart, by 1 and by 16 callers, beside the gateway's own
/// answer for nothing at all, which is the floor of this machine.
/// </summary>
static class Shop
{
    public static async Task RunAsync(int rounds, TimeSpan length, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("SOUK_URL") ?? "http://localhost:8080") };
        var products = await http.GetFromJsonAsync<JsonElement>("/api/catalog/products?pageSize=50", cancellation);
        var items = products.GetProperty("items").EnumerateArray().ToList();
        var handles = items.Select(item => item.GetProperty("handle").GetString()!).ToArray();
        var skus = items.Select(item => item.GetProperty("skus")[0].GetString()!).ToArray();
        var carts = new string[16];
        for (var i = 0; i < carts.Length; i++) carts[i] = await CartAsync(http, cancellation);

        (string Name, Func<int, int, Task<HttpResponseMessage>> Call)[] actions =
        [
            ("floor", (_, _) => http.GetAsync("/health/live")),
            ("product page", (_, n) => http.GetAsync("/product/" + handles[n % handles.Length])),
            ("cart write", (caller, n) => http.PutAsJsonAsync(
                $"/api/cart/carts/{carts[caller]}/lines/{skus[n % Math.Min(5, skus.Length)]}", new { quantity = n % 9 + 1 })),
        ];
        foreach (var (_, call) in actions) await MeasureAsync(call, 4, TimeSpan.FromSeconds(2));

        var table = new Table("shop", "At the front door of a store on one machine",
            ["action", "callers", "p50 ms", "p99 ms", "per second", "p50 × floor"]);
        foreach (var callers in new[] { 1, 16 })
        {
            var rows = actions.ToDictionary(action => action.Name, _ => new List<(double P50, double P99, double Rate)>());
            for (var round = 0; round < rounds; round++)
            {
                foreach (var (name, call) in actions) rows[name].Add(await MeasureAsync(call, callers, length));
            }
            var floor = Table.Median(rows["floor"].Select(row => row.P50));
            foreach (var (name, _) in actions)
            {
                var p50 = Table.Median(rows[name].Select(row => row.P50));
                table.Row(name, callers.ToString(CultureInfo.InvariantCulture), Table.Number(p50),
                    Table.Number(Table.Median(rows[name].Select(row => row.P99))),
                    Table.Number(Table.Median(rows[name].Select(row => row.Rate))), Table.Ratio(p50 / floor));
            }
        }
        table.Note("The load comes from the same two cores. The store was started without a rate limit: Gateway__RequestsPerSecond=0.");
        table.Finish();
    }

    static async Task<string> CartAsync(HttpClient http, CancellationToken cancellation)
    {
        using var answer = await http.PostAsync("/api/cart/carts", null, cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation)).GetProperty("id").GetString()!;
    }

    static async Task<(double P50, double P99, double Rate)> MeasureAsync(
        Func<int, int, Task<HttpResponseMessage>> call, int callers, TimeSpan length)
    {
        var watch = Stopwatch.StartNew();
        var waits = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<double>();
            for (var n = caller; watch.Elapsed < length; n++)
            {
                var started = watch.Elapsed;
                using var answer = await call(caller, n);
                await answer.Content.ReadAsByteArrayAsync();
                answer.EnsureSuccessStatusCode();
                own.Add((watch.Elapsed - started).TotalMilliseconds);
            }
            return own;
        })));
        var elapsed = watch.Elapsed;
        var all = waits.SelectMany(own => own).Order().ToArray();
        return (all[all.Length / 2], all[(int)(all.Length * 0.99)], all.Length / elapsed.TotalSeconds);
    }
}
