using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Souk.Bench;

/// <summary>
/// The least that a durable order across three services can cost: bare minimal APIs, a SQLite file each with full sync, an
/// order written, stock taken, a payment booked, the order marked. No identity, no idempotency, no outbox, no saga.
/// </summary>
sealed class Floor : IDisposable
{
    readonly Child[] _services;
    readonly HttpClient _http;
    readonly string _folder;

    Floor(Child[] services, string folder)
    {
        _services = services;
        _folder = folder;
        _http = new HttpClient { BaseAddress = services[^1].Address };
    }

    public static async Task<Floor> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("souk-floor-").FullName;
        var stock = await ServeAsync("floor-stock");
        var payment = await ServeAsync("floor-payment");
        var orders = await ServeAsync("floor-orders", ("FLOOR_STOCK", stock.Address.ToString()), ("FLOOR_PAYMENT", payment.Address.ToString()));
        return new Floor([stock, payment, orders], folder);

        Task<Child> ServeAsync(string kind, params (string Name, string Value)[] settings)
        {
            var environment = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
            environment["FLOOR_DB"] = Path.Combine(folder, kind + ".db");
            return Child.ServeAsync(kind, environment);
        }
    }

    public TimeSpan Cpu() => _services.Aggregate(TimeSpan.Zero, (sum, service) => sum + service.Cpu);

    public async Task<(double, bool)> BuyAsync(int number)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        using var answer = await _http.PostAsJsonAsync("/buy/" + Guid.NewGuid().ToString("N"), new { number });
        answer.EnsureSuccessStatusCode();
        return (System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds, true);
    }

    public void Dispose()
    {
        foreach (var service in _services.Reverse()) service.Dispose();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One of the three, as a process of its own.</summary>
    public static WebApplication Serve(string kind)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var table = new Rows(Environment.GetEnvironmentVariable("FLOOR_DB")!);
        app.MapGet("/health/ready", () => "ready");
        if (kind != "floor-orders")
        {
            app.MapPost("/take/{id}", (string id) => table.WriteAsync(id, "taken"));
            return app;
        }
        var stock = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("FLOOR_STOCK")!) };
        var payment = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("FLOOR_PAYMENT")!) };
        app.MapPost("/buy/{id}", async (HttpContext context, string id) =>
        {
            await table.WriteAsync(id, "placed");
            foreach (var other in new[] { stock, payment })
            {
                using var answer = await other.PostAsync("/take/" + id, null, context.RequestAborted);
                answer.EnsureSuccessStatusCode();
            }
            await table.WriteAsync(id, "confirmed");
        });
        return app;
    }

    /// <summary>One writer and one disk write for all that wait at the same time, as the store has it.</summary>
    sealed class Rows
    {
        readonly System.Threading.Channels.Channel<(string Id, string State, TaskCompletionSource Done)> _waiting =
            System.Threading.Channels.Channel.CreateUnbounded<(string, string, TaskCompletionSource)>();

        public Rows(string file)
        {
            var connection = new SqliteConnection($"Data Source={file}");
            connection.Open();
            Run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS row (id TEXT PRIMARY KEY, state TEXT NOT NULL)");
            _ = Task.Run(() => WriteAllAsync(connection));
        }

        public Task WriteAsync(string id, string state)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Writer.TryWrite((id, state, done));
            return done.Task;
        }

        async Task WriteAllAsync(SqliteConnection connection)
        {
            await using var put = connection.CreateCommand();
            put.CommandText = "INSERT INTO row (id, state) VALUES ($id, $state) ON CONFLICT (id) DO UPDATE SET state = excluded.state";
            var (id, state) = (put.Parameters.Add("$id", SqliteType.Text), put.Parameters.Add("$state", SqliteType.Text));
            var batch = new List<TaskCompletionSource>();
            while (await _waiting.Reader.WaitToReadAsync())
            {
                await using var transaction = connection.BeginTransaction();
                put.Transaction = transaction;
                while (batch.Count < 64 && _waiting.Reader.TryRead(out var next))
                {
                    (id.Value, state.Value) = (next.Id, next.State);
                    put.ExecuteNonQuery();
                    batch.Add(next.Done);
                }
                transaction.Commit();
                foreach (var done in batch) done.SetResult();
                batch.Clear();
            }
        }

        static void Run(SqliteConnection connection, string text)
        {
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a text of this file
            command.CommandText = text;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }
}
