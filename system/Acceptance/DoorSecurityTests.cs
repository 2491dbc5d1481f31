using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Souk.Acceptance;

/// <summary>Attempts at the front door of a running store (docs/security.md, lines 1 to 4, 28 and 32 to 34).</summary>
[Collection(nameof(OpenStore))]
public sealed partial class DoorSecurityTests(Store store) : IAsyncLifetime
{
    Ports _ports = null!;
    Visitor _visitor = null!;

    public async ValueTask InitializeAsync()
    {
        _ports = await Ports.OpenAsync(store);
        _visitor = new Visitor(store.Address);
    }

    public ValueTask DisposeAsync()
    {
        _ports.Dispose();
        _visitor.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Whatever_a_stranger_says_of_themselves_they_are_nobody() => await Ports.AllAnswerAsync(
        _ports.Routes.Where(route => route is { IsApi: true, Method: "GET", User: "Person" or "Staff" }), "401 token.missing", async route =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(store.Address, route.Address));
            foreach (var (name, value) in new[] { ("X-User-Id", "staff"), ("X-Roles", "staff"), ("X-Forwarded-User", "staff"), ("X-Forwarded-For", "127.0.0.1"), ("Souk-User", "staff") })
            {
                request.Headers.Add(name, value);
            }
            // Even a real one, stolen from the machine, is taken off.
            request.Headers.Add("Souk-Identity", _ports.IdentityOf("souk", route.Service));
            using var answer = await _visitor.SendAsync(request);
            return await Ports.ReadAsync(answer);
        });

    [Fact]
    public async Task What_belongs_to_the_house_is_404_at_the_door_whatever_identity_is_shown() => await Ports.AllAnswerAsync(
        from route in _ports.Routes
        where route.Service != "sandbox" && !route.Callers.Contains("gateway") && route.Address is not ("/health/live" or "/health/ready")
        where !route.IsApi
        from address in (string[])[route.Address, $"/api/{route.Service}{route.Address}"]
        select (route, address), "404 request.route_unknown", async asked =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(asked.route.Method), new Uri(store.Address, asked.address));
            if (asked.address != "/health/detail") request.Headers.Add("Souk-Identity", _ports.IdentityOf("souk", asked.route.Service));
            using var answer = await _visitor.SendAsync(request);
            return await Ports.ReadAsync(answer);
        });

    [Fact]
    public async Task What_is_too_much_is_refused_within_50_ms_and_leaves_no_trace_in_memory()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100));
        var post = "POST /api/ordering/quotes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        (int Status, string Request)[] attempts =
        [
            (413, post + "Content-Length: 11534336\r\n\r\n"),
            (431, $"GET / HTTP/1.1\r\nHost: localhost\r\nA: {new string('a', 65536)}\r\n\r\n"),
            (400, $"GET /search?{string.Join('&', Enumerable.Repeat("a=1", 1000))} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            (400, post + $"Connection: close\r\nContent-Length: {deep.Length + 12}\r\n\r\n{{\"cartId\":{deep} }}"),
        ];
        foreach (var (status, request) in attempts) await AskAsync(status, request);
        var before = await MemoryAsync();
        foreach (var (status, request) in attempts)
        {
            // A busy machine may try a few times: what is slow in itself is so each time.
            await Eventually.HoldsAsync($"{status} within 50 ms", async () => await AskAsync(status, request) < TimeSpan.FromMilliseconds(50));
            for (var time = 0; time < 20; time++) await AskAsync(status, request);
        }
        Assert.InRange(await MemoryAsync() - before, long.MinValue, 48 << 20);
    }

    [Fact]
    public async Task Hundreds_who_send_nearly_nothing_slow_down_nobody_else()
    {
        await Eventually.HoldsAsync("the slowest answers are as fast as without them", async () =>
        {
            var alone = await SlowestAsync();
            var slow = new List<TcpClient>();
            try
            {
                for (var one = 0; one < 300; one++)
                {
                    var client = new TcpClient();
                    slow.Add(client);
                    await client.ConnectAsync(IPAddress.Loopback, store.Address.Port);
                    await client.GetStream().WriteAsync("POST /api/cart/carts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nA:"u8.ToArray());
                }
                return await SlowestAsync() < alone * 2;
            }
            finally
            {
                foreach (var client in slow) client.Dispose();
            }
        }, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task An_address_that_somebody_wrote_into_a_product_is_fetched_by_no_server()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var port = ((IPEndPoint)inside.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        string[] hosts = [$"http://127.0.0.1:{port}/1.png", $"http://localhost:{port}/2.png", $"http://[::1]:{port}/3.png", "http://169.254.169.254/latest/meta-data", "http://inventory/internal/stock"];
        await ImportAsync(hosts, isPublished: true);
        for (var n = 0; n < hosts.Length; n++)
        {
            foreach (var address in (string[])[$"/product/fetch-{n}", $"/api/catalog/products/fetch-{n}"])
            {
                using var answer = await _visitor.GetAsync(address);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }
        // Browsers of other tests are not to stumble over them.
        await ImportAsync(hosts, isPublished: false);
        Assert.False(inside.Pending(), "A service fetched what a product names.");
    }

    [Fact]
    public async Task A_form_of_another_site_is_refused_by_every_page_and_json_that_calls_itself_text_by_every_api()
    {
        using var account = await Accounts.RegisterAsync(store, "customer.32@example.com");
        var pages = _ports.Routes.Where(route => route is { IsApi: false, User: null or "Anyone" } && route.Callers.Contains("gateway")
            && !route.Address.StartsWith("/openapi/", StringComparison.Ordinal)
            && (route.Service != "login" || route.Address.StartsWith("/account", StringComparison.Ordinal))).DistinctBy(route => route.Address).ToList();
        Assert.True(pages.Count >= 25, $"Only {pages.Count} pages.");
        foreach (var (name, value) in new[] { ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"), ("Origin", "null") })
        {
            await Ports.AllAnswerAsync(pages, "403", async page =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(store.Address, page.Address)) { Content = new StringContent("{}") };
                request.Headers.Add(name, value);
                request.Headers.Add("Cookie", string.Join("; ", account.Visitor.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
                using var answer = await _visitor.SendAsync(request);
                return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
            });
        }

        // No API looks at a cookie; and what a foreign form may send (text/plain) none reads.
        await Ports.AllAnswerAsync(
            _ports.Routes.Where(route => route is { IsApi: true, Method: not "GET", ContentType: "application/json", User: not "Staff", HasBody: true } && route.Callers.Contains("gateway")),
            "415", async route =>
            {
                var answer = await _ports.AskAsync(route, "gateway", route.User == "Person" ? account.AccessToken : null, "{}", "text/plain");
                return answer.Split(' ')[0];
            });
    }

    [Fact]
    public async Task Every_answer_of_a_full_crawl_keeps_the_browser_careful()
    {
        using var account = await Accounts.RegisterAsync(store, "customer.33@example.com");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string>(["/", "/cart", "/orders", "/orders/find", "/checkout", "/account", "/account/security", "/nowhere", "/product/none", "/account/nothing"]);
        foreach (var route in _ports.Routes.Where(route => route is { IsApi: true, Method: "GET" } && route.Callers.Contains("gateway"))) next.Enqueue(route.Address);
        foreach (var address in (string[])["/api/nobody/x", "/internal/events", "/.well-known/openid-configuration", "/.well-known/jwks", "/connect/authorize", "/connect/userinfo"]) next.Enqueue(address);
        while (seen.Count < 120 && next.TryDequeue(out var address))
        {
            // One of each kind of page: a second product shows nothing new.
            if (!seen.Add(KindOf(address))) continue;
            using var answer = await account.Visitor.GetAsync(address);
            var text = await answer.Content.ReadAsStringAsync();
            Careful(address, answer);
            if (answer.Content.Headers.ContentType?.MediaType != "text/html" || text.Length == 0) continue;
            var nonce = Nonce().Match(answer.Headers.GetValues("Content-Security-Policy").Single()).Groups[1].Value;
            Assert.All(Loaded().Matches(text), tag => Assert.Contains($"nonce=\"{nonce}\"", WebUtility.HtmlDecode(tag.Value), StringComparison.Ordinal));
            foreach (Match link in Links().Matches(text)) next.Enqueue(WebUtility.HtmlDecode(link.Groups[1].Value));
        }
        Assert.True(seen.Count > 60, $"Only {seen.Count} addresses: {string.Join(' ', seen)}");
    }

    [BrowserFact]
    public async Task A_browser_that_looks_at_every_page_has_nothing_to_complain_of()
    {
        await using var browser = await Browser.OpenAsync(store);
        var page = await (await browser.ShopperAsync()).NewPageAsync();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string>(["/", "/cart", "/orders/find", "/account/signin", "/account/register", "/account/forgotten"]);
        while (next.TryDequeue(out var address))
        {
            if (!seen.Add(KindOf(address)) || address.StartsWith("/assets", StringComparison.Ordinal)) continue;
            await page.GotoAsync(address);
            foreach (Match link in Links().Matches(await page.ContentAsync())) next.Enqueue(WebUtility.HtmlDecode(link.Groups[1].Value));
        }
        Assert.True(seen.Count >= 12, string.Join(' ', seen));
        // A page that is not there is called an error; a policy that was broken would be, too.
        Assert.All(browser.Complaints, complaint => Assert.Contains("404", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_cookie_is_out_of_reach_of_scripts_and_other_sites()
    {
        using var account = await Accounts.RegisterAsync(store, "customer.13@example.com");
        using (var start = await account.Visitor.GetAsync("/signin?returnUrl=%2F"))
        using (var login = await account.Visitor.GetAsync(start.Headers.Location!.PathAndQuery))
        using (var back = await account.Visitor.GetAsync(login.Headers.Location!.PathAndQuery))
        {
            Assert.Equal(HttpStatusCode.Redirect, back.StatusCode);
        }
        var found = await store.Http.GetFromJsonAsync<JsonElement>("/api/catalog/products?query=mug&pageSize=1");
        using (var product = await account.Visitor.GetAsync("/product/" + found.GetProperty("items")[0].GetProperty("handle").GetString()))
        {
            product.EnsureSuccessStatusCode();
        }
        var kinds = account.Visitor.SetCookies.Select(cookie => cookie.Split('=')[0]).Distinct().ToList();
        Assert.True(kinds.Count >= 5, string.Join(' ', kinds));
        Assert.All(account.Visitor.SetCookies.Select(cookie => cookie.ToLowerInvariant()), cookie =>
        {
            foreach (var part in (string[])["; httponly", "; samesite=lax", "; path=/"]) Assert.Contains(part, cookie, StringComparison.Ordinal);
            Assert.DoesNotContain("domain=", cookie, StringComparison.Ordinal);
            // By plain http a form's token and a notice, which open nothing, have a name that every browser takes.
            if (Form().IsMatch(cookie)) return;
            Assert.StartsWith("__host-", cookie, StringComparison.Ordinal);
            Assert.Contains("; secure", cookie, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task An_id_that_opens_something_has_at_least_122_random_bits()
    {
        var carts = new List<string>();
        for (var n = 0; n < 40; n++)
        {
            using var made = await store.Http.PostAsync("/api/cart/carts", null);
            carts.Add((await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
        }
        // The last 21 letters of 64 kinds are 126 bits, and in each place many kinds come up; before them are the time and two bits more.
        Assert.All(carts, id => Assert.Matches("^[A-Za-z0-9_-]{28}$", id));
        for (var place = 7; place < 28; place++) Assert.True(carts.Select(id => id[place]).Distinct().Count() > 12, $"place {place} of {string.Join(' ', carts)}");
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task A_foreign_origin_is_allowed_nothing_by_any_route(string origin) => await Ports.AllAnswerAsync(
        from route in _ports.Routes
        where route.Callers.Contains("gateway") && route.Service != "sandbox"
        group route by route.Address into address
        from method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Options]
        select (Address: address.Key, Method: method), "", async asked =>
        {
            using var request = new HttpRequestMessage(asked.Method, new Uri(store.Address, asked.Address));
            request.Headers.Add("Origin", origin);
            request.Headers.Add("Access-Control-Request-Method", "PUT");
            request.Headers.Add("Access-Control-Request-Headers", "authorization");
            using var answer = await _visitor.SendAsync(request);
            return string.Join(' ', answer.Headers.Select(header => header.Key).Where(name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)));
        });

    static void Careful(string address, HttpResponseMessage answer)
    {
        string Header(string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(" | ", values) : "";
        var policy = Header("Content-Security-Policy");
        string[] rules = ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"];
        Assert.All(rules, rule => Assert.True(policy.Contains(rule, StringComparison.Ordinal), $"{address} {(int)answer.StatusCode}: '{policy}'"));
        // A picture has styles of its own, and is a sandbox in which nothing else is; a page names what it loads by its nonce.
        var isPicture = answer.Content.Headers.ContentType?.MediaType?.StartsWith("image/", StringComparison.Ordinal) == true;
        if (isPicture) policy = policy.Contains("sandbox", StringComparison.Ordinal) ? policy.Replace("style-src 'unsafe-inline'", "", StringComparison.Ordinal) : policy;
        Assert.False(policy.Contains("unsafe", StringComparison.Ordinal), $"{address}: {policy}");
        Assert.Equal((address, "nosniff"), (address, Header("X-Content-Type-Options")));
        Assert.Contains(Header("Referrer-Policy"), (string[])["no-referrer", "strict-origin-when-cross-origin"]);
        Assert.Equal((address, ""), (address, Header("Server") + Header("X-Powered-By") + Header("Access-Control-Allow-Origin")));
    }

    async Task ImportAsync(string[] pictures, bool isPublished)
    {
        var csv = new StringBuilder("Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Price,Image Src\n");
        for (var n = 0; n < pictures.Length; n++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"fetch-{n},Fetch {n},\"<img src=\"\"{pictures[n]}\"\">\",Souk,Test,,{isPublished},Title,Default Title,FETCH-{n},10,5.00,{pictures[n]}\n");
        }
        using var catalog = await store.ClientOfAsync("catalog");
        using var content = new StringContent(csv.ToString(), Encoding.UTF8, "text/csv");
        using var imported = await catalog.PostAsync("/internal/imports", content);
        var said = await imported.Content.ReadAsStringAsync();
        Assert.True(imported.IsSuccessStatusCode, said);
        Assert.Contains("\"refusedTotal\":0", said.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    static string KindOf(string address) => Regex.Replace(address.Split('?', '#')[0], "^/(product|category|assets)/.*", "/$1");

    async Task<TimeSpan> AskAsync(int status, string request)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, store.Address.Port);
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        }
        catch (IOException)
        {
            // Refused before all of it was sent: the answer says so.
        }
        var buffer = new byte[64];
        var count = await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.ASCII.GetString(buffer, 0, count), StringComparison.Ordinal);
        return elapsed;
    }

    /// <summary>What the gateway holds, in bytes.</summary>
    async Task<long> MemoryAsync()
    {
        using var gateway = await store.ClientOfAsync("gateway");
        return (await gateway.GetFromJsonAsync<JsonElement>("/health/detail")).GetProperty("memoryBytes").GetInt64();
    }

    /// <summary>What 99 of 100 answers take less than; they come one after the other, from somebody with a connection.</summary>
    async Task<TimeSpan> SlowestAsync()
    {
        var taken = new List<TimeSpan>();
        for (var time = 0; time < 200; time++)
        {
            var started = TimeProvider.System.GetTimestamp();
            using var answer = await store.Http.GetAsync("/health/ready");
            taken.Add(TimeProvider.System.GetElapsedTime(started));
        }
        return taken.Order().ElementAt(197);
    }

    [GeneratedRegex("^souk-[a-z-]*(form|words)=")]
    private static partial Regex Form();

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<(script|link rel=\"stylesheet\"|style)[^>]*>")]
    private static partial Regex Loaded();

    [GeneratedRegex("(?:href|src)=\"(/[^\"/][^\"]*)\"")]
    private static partial Regex Links();
}
