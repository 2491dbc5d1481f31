using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Calls;
using Souk.Platform.Hosting;

namespace Souk.Bench;

/// <summary>
/// What a hop costs in CPU, caller and callee together: Kestrel and HttpClient alone, beside the platform with
/// identity, deadline, resilience, discovery and OpenTelemetry at its default sampling, exporting to a sink.
/// </summary>
static class Hop
{
    const int Callers = 16;

    public static async Task RunAsync(int rounds, TimeSpan length, CancellationToken cancellation)
    {
        var keys = Directory.CreateTempSubdirectory("souk-bench-").FullName;
        using var sink = await Child.ServeAsync("sink", new Dictionary<string, string>());
        var telemetry = new Dictionary<string, string>
        {
            ["Souk__Keys"] = keys,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.Address.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        using var bare = await Child.ServeAsync("bare", new Dictionary<string, string>());
        using var callee = await Child.ServeAsync("platform", telemetry);
        using var plain = new HttpClient { BaseAddress = bare.Address };

        var service = Service.Create("bench", new ServiceSetup
        {
            Configuration = new Dictionary<string, string?>(telemetry.Select(pair =>
                KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), (string?)pair.Value)))
            {
                ["urls"] = "http://127.0.0.1:0",
                ["Services:callee:http:0"] = callee.Address.ToString(),
            },
        });
        service.Calls("callee", http => new Client(http));
        await using var app = service.Build();
        await app.StartAsync(cancellation);
        var hop = app.Services.GetRequiredService<Client>().Http;

        await MeasureAsync(plain, bare, length, underDeadline: false);
        await MeasureAsync(hop, callee, length, underDeadline: true);

        var table = new Table("hop", $"A hop: CPU of caller and callee per call, {Callers} callers",
            ["round", "bare µs", "platform µs", "ratio", "bare calls/s", "platform calls/s"]);
        var ratios = new List<double>();
        for (var round = 1; round <= rounds; round++)
        {
            var a = await MeasureAsync(plain, bare, length, underDeadline: false);
            var b = await MeasureAsync(hop, callee, length, underDeadline: true);
            ratios.Add(b.Microseconds / a.Microseconds);
            table.Row(round.ToString(CultureInfo.InvariantCulture), Table.Number(a.Microseconds), Table.Number(b.Microseconds),
                Table.Ratio(ratios[^1]), Table.Number(a.PerSecond), Table.Number(b.PerSecond));
        }
        table.Row("median", "", "", Table.Ratio(Table.Median(ratios)), "", "");
        table.Finish();
        await app.StopAsync(CancellationToken.None);
        Directory.Delete(keys, recursive: true);
    }

    static async Task<(double Microseconds, double PerSecond)> MeasureAsync(
        HttpClient http, Child callee, TimeSpan length, bool underDeadline)
    {
        var own = Process.GetCurrentProcess().TotalProcessorTime;
        var theirs = callee.Cpu;
        var watch = Stopwatch.StartNew();
        var calls = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (watch.Elapsed < length)
            {
                if (underDeadline) Deadline.Start(TimeSpan.FromSeconds(10), TimeProvider.System);
                using var response = await http.GetAsync("/api/stock");
                response.EnsureSuccessStatusCode();
                await response.Content.ReadAsByteArrayAsync();
                Interlocked.Increment(ref calls);
            }
        })));
        var elapsed = watch.Elapsed;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime - own + (callee.Cpu - theirs);
        return (cpu.TotalMicroseconds / calls, calls / elapsed.TotalSeconds);
    }

    sealed record Client(HttpClient Http);
}
