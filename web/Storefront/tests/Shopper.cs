using System.Net;
using System.Text.RegularExpressions;
using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Storefront.Tests;

/// <summary>A shop over a fake store, listening on a port of its own.</summary>
public sealed class Shop : IAsyncDisposable
{
    Shop(TestService service, FakeStore store)
    {
        Service = service;
        Store = store;
    }

    public TestService Service { get; }

    public FakeStore Store { get; }

    /// <summary>Starts a shop. The budgets are long, so that a busy machine loses no part, unless a test is about them.</summary>
    public static async Task<Shop> StartAsync(FakeStore? store = null, TimeSpan? budget = null, FakeLogin? login = null)
    {
        var time = (budget ?? TimeSpan.FromSeconds(20)).ToString("c");
        store ??= new FakeStore()
            .Add(FakeStore.Product("moon-vase", "Moon vase", 4900))
            .Add(FakeStore.Product("tall-mug", "Tall mug", 1999, variants: [("MUG-S", ["Small"]), ("MUG-L", ["Large"])]))
            .Add(FakeStore.Product("cedar-lamp", "Cedar lamp", 12900, category: "Light & scent", vendor: "Lamp Alley"));
        var setup = new ServiceSetup
        {
            Network = store.Network,
            Configuration = new Dictionary<string, string?>
            {
                ["Storefront:Budgets:Catalog"] = time,
                ["Storefront:Budgets:Inventory"] = time,
                ["Storefront:Budgets:Cart"] = time,
                ["Storefront:Budgets:CartChange"] = time,
                ["Storefront:Budgets:Quote"] = time,
                ["Storefront:Budgets:Order"] = time,
                ["Storefront:Budgets:OrderChange"] = time,
                ["Storefront:Budgets:Payment"] = time,
                ["Souk:ProviderUrl"] = "http://localhost:8082",
            },
        };
        var service = await TestService.StartAsync(StorefrontService.Build, Engine.Sqlite, login?.Vouching(setup) ?? setup);
        if (budget is null) return new Shop(service, store);
        // What a first request costs (pages are compiled by then) is not what these budgets are about.
        using var client = service.As("gateway");
        client.DefaultRequestHeaders.Add("Cookie", "souk-cart=nobody");
        foreach (var path in new[] { "/", "/search", "/product/" + (store.Products.Count > 0 ? store.Products[0]["handle"]!.GetValue<string>() : "none"), "/cart", "/checkout", "/order/none", "/orders/find" })
        {
            using var answer = await client.GetAsync(path);
        }
        store.Asked.Clear();
        return new Shop(service, store);
    }

    public Shopper Shopper(string host = "localhost", string scheme = "http") => new(Service, host, scheme);

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

/// <summary>What a shopper sees of an answer.</summary>
public sealed record Page(HttpStatusCode Status, string Html, HttpResponseMessage Response)
{
    /// <summary>The text without its tags, as one line.</summary>
    public string Text => WebUtility.HtmlDecode(Regex.Replace(Regex.Replace(Html, "<[^>]*>", " "), @"\s+", " "));

    public string Badge => Regex.Match(Html, """<a class="bag.*?</a>""", RegexOptions.Singleline).Value;
}

/// <summary>A browser without scripts: cookies, forms with their hidden fields, redirects. It stands behind the gateway.</summary>
public sealed class Shopper(TestService service, string host, string scheme)
{
    readonly HttpClient _http = Client(service, host, scheme);

    public Dictionary<string, string> Cookies { get; } = [];

    public List<string> SetCookies { get; } = [];

    /// <summary>Sent with every request.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    public Task<Page> GetAsync(string address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    /// <summary>Sends a form of the page as a browser does, and goes where it is sent.</summary>
    public async Task<Page> SubmitAsync(Page page, string action, params (string Name, string Value)[] fields)
    {
        var answer = await PostAsync(page, action, "same-origin", fields);
        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        return await FollowAsync(answer);
    }

    /// <summary>Goes where an answer sends it, as often as it is sent.</summary>
    public async Task<Page> FollowAsync(Page answer)
    {
        while (answer.Status == HttpStatusCode.SeeOther) answer = await GetAsync(answer.Response.Headers.Location!.OriginalString.Split('#')[0]);
        return answer;
    }

    /// <summary>Sends a form of the page; the button that is pressed may lead elsewhere than the form.</summary>
    public Task<Page> PostAsync(Page? page, string action, string? site, params (string Name, string Value)[] fields) =>
        PostAsync(page, action, site, fields, to: action);

    public Task<Page> PostAsync(Page? page, string action, string? site, (string Name, string Value)[] fields, string to)
    {
        var form = new Dictionary<string, string>();
        if (page is not null)
        {
            var html = Regex.Matches(page.Html, "<form .*?</form>", RegexOptions.Singleline).Select(match => match.Value)
                .First(text => text.Contains($"action=\"{action}\"", StringComparison.Ordinal));
            foreach (Match input in Regex.Matches(html, """<input[^>]*>"""))
            {
                if (Attribute(input.Value, "type") is "radio" or "checkbox" && !input.Value.Contains(" checked", StringComparison.Ordinal)) continue;
                form[Attribute(input.Value, "name")] = Attribute(input.Value, "value");
            }
            foreach (Match select in Regex.Matches(html, """<select[^>]*>.*?</select>""", RegexOptions.Singleline))
            {
                form[Attribute(select.Value, "name")] = Attribute(Regex.Match(select.Value, "<option[^>]* selected>").Value, "value");
            }
        }
        foreach (var (name, value) in fields) form[name] = value;
        var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new FormUrlEncodedContent(form) };
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        return SendAsync(request);
    }

    async Task<Page> SendAsync(HttpRequestMessage request)
    {
        lock (Cookies)
        {
            if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        }
        foreach (var (name, value) in Headers) request.Headers.Add(name, value);
        var response = await _http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var set))
        {
            foreach (var cookie in set)
            {
                var pair = cookie.Split(';')[0].Split('=', 2);
                lock (Cookies)
                {
                    SetCookies.Add(cookie);
                    if (pair[1].Length == 0) Cookies.Remove(pair[0]);
                    else Cookies[pair[0]] = pair[1];
                }
            }
        }
        return new Page(response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    static string Attribute(string tag, string name) =>
        WebUtility.HtmlDecode(Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"").Groups[1].Value);

    static HttpClient Client(TestService service, string host, string scheme)
    {
        var identity = service.As("gateway").DefaultRequestHeaders.GetValues("Souk-Identity").Single();
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = service.Address };
        client.DefaultRequestHeaders.Add("Souk-Identity", identity);
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", host);
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        return client;
    }
}
