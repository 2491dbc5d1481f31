using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Hosting;
using Souk.Platform.Security;
using Souk.Testing;

namespace Souk.Bench;

/// <summary>
/// What it costs a service to know who asks: the checks by themselves, the first time and then, and a request over HTTP
/// without them, with the caller's identity, and with that and the user's token.
/// </summary>
static class Tokens
{
    const int Callers = 16;
    const int Firsts = 1000;
    const int Repeats = 1_000_000;

    public static async Task RunAsync(int rounds, TimeSpan length, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("souk-bench-").FullName;
        using var login = new TestIssuer();
        await using var app = Build(folder, login);
        await app.StartAsync(cancellation);
        var tokens = app.Services.GetRequiredService<UserTokens>();
        await Eventually.HoldsAsync("Login is heard", () => tokens.Trust is not null);

        await ChecksAsync(folder, login, tokens, cancellation);
        await RequestsAsync(rounds, length, folder, login, new Uri(app.Urls.First()));
        await app.StopAsync(CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }

    static WebApplication Build(string folder, TestIssuer login)
    {
        var service = Service.Create("desk", login.Vouching(new ServiceSetup
        {
            Configuration = new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0", ["Souk:Keys"] = folder },
        }));
        service.AddUsers();
        var app = service.Build();
        app.MapGet("/bare", () => "ok").AllowAnyone();
        app.MapGet("/api/desk/anyone", () => "ok").AllowPublic();
        app.MapGet("/api/desk/mine", (HttpContext context) => context.Customer() is null ? "nobody" : "ok").AllowCustomers();
        return app;
    }

    static async Task ChecksAsync(string folder, TestIssuer login, UserTokens tokens, CancellationToken cancellation)
    {
        var table = new Table("tokens", "Knowing who asks: CPU of one check, by itself",
            ["check", "first µs", "then µs", "bytes then"]);
        string[] people = [.. Enumerable.Range(0, Firsts).Select(n => login.Customer("customer-" + n.ToString(CultureInfo.InvariantCulture)))];
        await CheckAsync(table, "user's token", people, async token => await tokens.UserAsync(token.AsMemory()) is not null);

        for (var n = 0; n < 10_000; n++) login.RevokeSession("ended-" + n.ToString(CultureInfo.InvariantCulture));
        await Eventually.HoldsAsync("10,000 revocations are known", () => tokens.Trust!.Content.Revoked.Count == 10_000, TimeSpan.FromSeconds(60));
        string[] more = [.. Enumerable.Range(0, Firsts).Select(n => login.Customer("other-" + n.ToString(CultureInfo.InvariantCulture)))];
        await CheckAsync(table, "user's token, 10,000 sessions revoked", more, async token => await tokens.UserAsync(token.AsMemory()) is not null);

        var desk = new ServiceIdentity("desk", new ServiceKeys(folder), TimeProvider.System);
        string[] services = [.. Enumerable.Range(0, 100).Select(_ =>
            new ServiceIdentity("gateway", new ServiceKeys(folder), TimeProvider.System).TokenFor("desk"))];
        await CheckAsync(table, "service's identity", services, async token => await desk.CallerAsync(token) is not null);
        table.Note("One thread. *First*: reading the token and checking its signature; *then*: the same token again, its end and revocations looked at each time. Aim: ≤ 20 µs after the first.");
        table.Finish();
        cancellation.ThrowIfCancellationRequested();
    }

    static async Task CheckAsync(Table table, string what, string[] tokens, Func<string, ValueTask<bool>> check)
    {
        // What is built and compiled once is not measured.
        for (var n = 0; n < tokens.Length / 2; n++) await RequireAsync(check(tokens[n]));
        var watch = Stopwatch.StartNew();
        for (var n = tokens.Length / 2; n < tokens.Length; n++) await RequireAsync(check(tokens[n]));
        var first = watch.Elapsed.TotalMicroseconds / (tokens.Length - tokens.Length / 2);

        for (var n = 0; n < Repeats / 10; n++) await RequireAsync(check(tokens[n % tokens.Length]));
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        watch.Restart();
        for (var n = 0; n < Repeats; n++) await RequireAsync(check(tokens[n % tokens.Length]));
        var then = watch.Elapsed.TotalMicroseconds / Repeats;
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)Repeats;
        table.Row(what, Table.Number(first), Table.Number(then), Table.Number(allocated));
    }

    static async ValueTask RequireAsync(ValueTask<bool> good)
    {
        if (!await good) throw new InvalidOperationException("A good token was refused.");
    }

    static async Task RequestsAsync(int rounds, TimeSpan length, string folder, TestIssuer login, Uri address)
    {
        using var bare = new HttpClient { BaseAddress = address };
        using var caller = new HttpClient { BaseAddress = address };
        var identity = new ServiceIdentity("gateway", new ServiceKeys(folder), TimeProvider.System).TokenFor("desk");
        caller.DefaultRequestHeaders.Add(ServiceIdentity.Header, identity);
        using var user = new HttpClient { BaseAddress = address };
        user.DefaultRequestHeaders.Add(ServiceIdentity.Header, identity);
        user.With(login.Customer("amal"));

        var table = new Table("tokens-http", $"Knowing who asks: CPU of a request, client and service in one process, {Callers} callers",
            ["round", "nobody µs", "identity µs", "identity and token µs", "identity costs µs", "token costs µs"]);
        foreach (var (http, route) in new[] { (bare, "/bare"), (caller, "/api/desk/anyone"), (user, "/api/desk/mine") }) await MeasureAsync(http, route, length);
        var (identities, users) = (new List<double>(), new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            var a = await MeasureAsync(bare, "/bare", length);
            var b = await MeasureAsync(caller, "/api/desk/anyone", length);
            var c = await MeasureAsync(user, "/api/desk/mine", length);
            identities.Add(b - a);
            users.Add(c - b);
            table.Row(round.ToString(CultureInfo.InvariantCulture), Table.Number(a), Table.Number(b), Table.Number(c),
                Table.Number(b - a), Table.Number(c - b));
        }
        table.Row("median", "", "", "", Table.Number(Table.Median(identities)), Table.Number(Table.Median(users)));
        table.Note("The differences hold what it costs to send and to parse the headers, too.");
        table.Finish();
    }

    static async Task<double> MeasureAsync(HttpClient http, string route, TimeSpan length)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var calls = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (watch.Elapsed < length)
            {
                using var response = await http.GetAsync(route);
                response.EnsureSuccessStatusCode();
                Interlocked.Increment(ref calls);
            }
        })));
        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds / calls;
    }
}
