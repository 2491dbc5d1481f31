using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Souk.Bench;

/// <summary>
/// Sign-ins a second at a running store, as the pages do them: load the form, send a password. Of an address that nobody has,
/// which costs what a known one costs (Login does the same work), and so needs no account; each caller stays below what a
/// stranger may try.
/// </summary>
static class SignIn
{
    // The addresses differ, but all come from this machine: Login lets it be wrong a hundred times in a quarter of an hour.
    const int TriesMax = 96;

    public static async Task RunAsync(Uri store, CancellationToken cancellation)
    {
        var table = new Table("signin", "Signing in: tries a second at the required hash strength (PBKDF2-SHA512, 220,000 rounds)",
            ["callers", "tries", "tries/s", "p50 ms", "p99 ms"]);
        foreach (var callers in new[] { 1, 4 })
        {
            var times = new List<double>();
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => CallAsync(store, TriesMax / 2 / callers, times, cancellation)));
            var elapsed = watch.Elapsed.TotalSeconds;
            times.Sort();
            table.Row(callers.ToString(CultureInfo.InvariantCulture), times.Count.ToString(CultureInfo.InvariantCulture),
                Table.Number(times.Count / elapsed), Table.Number(times[times.Count / 2]), Table.Number(times[(int)(times.Count * .99)]));
        }
        table.Finish();
    }

    static async Task CallAsync(Uri store, int tries, List<double> times, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = store };
        using var page = await http.GetAsync("/account/signin", cancellation);
        var html = await page.Content.ReadAsStringAsync(cancellation);
        var token = Regex.Match(html, "name=\"form\" type=\"hidden\" value=\"([^\"]+)\"").Groups[1].Value;
        var cookies = string.Join("; ", page.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]));
        for (var i = 0; i < tries; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/account/signin")
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["form"] = token,
                    ["email"] = $"bench-{Guid.NewGuid():N}@example.com",
                    ["password"] = "not anybody's password",
                }),
            };
            request.Headers.Add("Cookie", cookies);
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.SendAsync(request, cancellation);
            if (answer.StatusCode != HttpStatusCode.BadRequest) throw new InvalidOperationException($"Login answered {(int)answer.StatusCode}: wait a quarter of an hour, and measure again.");
            lock (times) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }
}
