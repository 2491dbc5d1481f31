using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.Bench;

/// <summary>
/// What a durable checkout costs: a cart with 5 or 6 writes, a quote and a paid order at the front door of a running
/// store (<c>SOUK_URL</c>, its data in <c>SOUK_DATA</c>), CPU of all its processes together. In turns with the floor of
/// this machine in the same run: three bare services over SQLite with full sync, 4 durable steps and 2 calls.
/// </summary>
static class Checkout
{
    const int Callers = 16;

    public static async Task RunAsync(int rounds, TimeSpan length, CancellationToken cancellation)
    {
        using var store = new Store(new Uri(Environment.GetEnvironmentVariable("SOUK_URL") ?? "http://localhost:8080"),
            Environment.GetEnvironmentVariable("SOUK_DATA") ?? ".souk");
        await store.ReadShelfAsync(cancellation);
        using var floor = await Floor.StartAsync();

        await MeasureAsync(store.BuyAsync, store.Cpu, TimeSpan.FromSeconds(5));
        await MeasureAsync(floor.BuyAsync, floor.Cpu, TimeSpan.FromSeconds(2));

        var table = new Table("checkout", $"A durable checkout beside the floor, {Callers} callers",
            ["round", "what", "checkouts/s", "CPU ms", "per core and s", "order p50 ms", "order p99 ms", "confirmed in the answer"]);
        var cpu = (Store: new List<double>(), Floor: new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            cpu.Floor.Add(Row("floor", await MeasureAsync(floor.BuyAsync, floor.Cpu, length)));
            cpu.Store.Add(Row("store", await MeasureAsync(store.BuyAsync, store.Cpu, length)));

            double Row(string what, Result result)
            {
                table.Row(round.ToString(CultureInfo.InvariantCulture), what, Table.Number(result.PerSecond), Table.Number(result.CpuMs),
                    Table.Number(1000 / result.CpuMs), Table.Number(result.P50), Table.Number(result.P99),
                    result.Confirmed.ToString("P0", CultureInfo.InvariantCulture));
                return result.CpuMs;
            }
        }
        table.Row("median", "store / floor", "", Table.Ratio(Table.Median(cpu.Store) / Table.Median(cpu.Floor)), "", "", "", "");
        table.Note($"The store's databases: {store.Engine}. CPU is that of every process of the store, the payment provider's sandbox included, without the client's; " +
            "the client and everything else share the same two cores.");
        table.Finish();
    }

    static async Task<Result> MeasureAsync(Func<int, Task<(double Milliseconds, bool IsConfirmed)>> buy, Func<TimeSpan> cpu, TimeSpan length)
    {
        var before = cpu();
        var watch = Stopwatch.StartNew();
        var all = (await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<(double Milliseconds, bool IsConfirmed)>();
            for (var n = 0; watch.Elapsed < length; n++) own.Add(await buy(caller + n * Callers));
            return own;
        })))).SelectMany(own => own).ToList();
        var elapsed = watch.Elapsed;
        var used = cpu() - before;
        var sorted = all.Select(one => one.Milliseconds).Order().ToArray();
        return new Result(sorted.Length / elapsed.TotalSeconds, used.TotalMilliseconds / sorted.Length,
            sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)], all.Count(one => one.IsConfirmed) / (double)all.Count);
    }

    sealed record Result(double PerSecond, double CpuMs, double P50, double P99, double Confirmed);

    /// <summary>A shopper's whole purchase at a real store.</summary>
    sealed class Store(Uri address, string data) : IDisposable
    {
        readonly HttpClient _http = new() { BaseAddress = address };
        string[] _skus = [];

        public void Dispose() => _http.Dispose();

        public string Engine => File.Exists(Path.Combine(data, "run", "databases.json")) ? "PostgreSQL" : "SQLite, synchronous=FULL";

        public async Task ReadShelfAsync(CancellationToken cancellation)
        {
            var products = await _http.GetFromJsonAsync<JsonElement>("/api/catalog/products?vendor=Crowd&pageSize=50", cancellation);
            _skus = [.. products.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("skus")[0].GetString()!)];
            if (_skus.Length == 0) throw new InvalidOperationException("There is not enough of anything for a benchmark: souk import bench/crowd.csv.");
        }

        /// <summary>User and kernel time of every process of the store so far.</summary>
        public TimeSpan Cpu()
        {
            using var processes = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "run", "processes.json")));
            var sum = TimeSpan.Zero;
            foreach (var process in processes.RootElement.EnumerateArray())
            {
                using var one = Process.GetProcessById(process.GetProperty("pid").GetInt32());
                sum += one.TotalProcessorTime;
            }
            return sum + Postgres();
        }

        /// <summary>Of the server whose process id is in SOUK_POSTGRES_PID, and of its children.</summary>
        static TimeSpan Postgres()
        {
            if (Environment.GetEnvironmentVariable("SOUK_POSTGRES_PID") is not { Length: > 0 } server) return TimeSpan.Zero;
            var sum = TimeSpan.Zero;
            foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
            {
                try
                {
                    var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                    var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                    if (fields[1] != server && Path.GetFileName(folder) != server) continue;
                    // utime and stime; of the server also those of children that have ended.
                    sum += TimeSpan.FromMilliseconds(10 * fields[11..(fields[1] == server ? 13 : 15)].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)));
                }
                catch (IOException)
                {
                    // It ended between the listing and the look.
                }
            }
            return sum;
        }

        public async Task<(double, bool)> BuyAsync(int number)
        {
            using var made = await _http.PostAsync("/api/cart/carts", null);
            var cart = (await JsonAsync(made)).GetProperty("id").GetString()!;
            for (var line = 0; line < 5 + number % 2; line++)
            {
                using var put = await _http.PutAsJsonAsync($"/api/cart/carts/{cart}/lines/{Uri.EscapeDataString(_skus[(number + line * 7) % _skus.Length])}", new { quantity = 1 });
                put.EnsureSuccessStatusCode();
            }
            using var quoted = await _http.PostAsJsonAsync("/api/ordering/quotes", new { cartId = cart, country = "DE" });
            var quote = await JsonAsync(quoted);
            using var order = new HttpRequestMessage(HttpMethod.Post, "/api/ordering/orders");
            order.Headers.Add("Idempotency-Key", cart);
            order.Content = JsonContent.Create(new
            {
                cartId = cart,
                cartVersion = quote.GetProperty("cartVersion").GetInt64(),
                quoteHash = quote.GetProperty("quoteHash").GetString(),
                email = "bench@example.org",
                shippingAddress = new { name = "B. Ench", line1 = "Road 1", city = "Berlin", postalCode = "10115", country = "DE" },
                shippingOption = quote.GetProperty("shippingOption").GetString(),
                paymentMethod = "pm_card_success",
            });
            var started = Stopwatch.GetTimestamp();
            using var answer = await _http.SendAsync(order);
            var placed = await JsonAsync(answer);
            return (Stopwatch.GetElapsedTime(started).TotalMilliseconds, placed.GetProperty("outcome").GetString() == "confirmed");
        }

        static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{(int)answer.StatusCode}: {text}");
            return JsonDocument.Parse(text).RootElement;
        }
    }
}
