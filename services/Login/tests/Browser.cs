using System.Net;
using System.Text.RegularExpressions;

namespace Souk.Login.Tests;

/// <summary>What a shopper sees of an answer.</summary>
public sealed record Page(HttpStatusCode Status, string Html, HttpResponseMessage Response)
{
    /// <summary>The text without its tags, as one line.</summary>
    public string Text => WebUtility.HtmlDecode(Regex.Replace(Regex.Replace(Html, "<[^>]*>", " "), @"\s+", " "));

    public string Location => Response.Headers.Location!.OriginalString;
}

/// <summary>A browser without scripts: cookies, forms with their hidden fields, redirects. It stands behind the gateway.</summary>
public sealed class Browser
{
    readonly HttpClient _http;
    readonly Func<string> _identity;

    public Browser(TestService service, string address)
    {
        // Asked for anew each time: a test may have moved the clock, and an identity is good for minutes.
        _identity = () => service.As("gateway").DefaultRequestHeaders.GetValues("Souk-Identity").Single();
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = service.Address };
        _http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        _http.DefaultRequestHeaders.Add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    }

    public Dictionary<string, string> Cookies { get; } = [];

    public List<string> SetCookies { get; } = [];

    public Task<Page> GetAsync(string address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    /// <summary>Loads a page and sends its form.</summary>
    public async Task<Page> FillAsync(string address, params (string Name, string Value)[] fields) =>
        await PostAsync(await GetAsync(address), address.Split('?')[0], fields);

    /// <summary>Sends a form of a page, with its hidden fields, as a browser does.</summary>
    public Task<Page> PostAsync(Page page, string action, params (string Name, string Value)[] fields) => PostAsync(page, action, "", fields);

    /// <summary>The same, with a query added by a script.</summary>
    public Task<Page> PostAsync(Page page, string action, string query, params (string Name, string Value)[] fields)
    {
        var html = Regex.Matches(page.Html, "<form .*?</form>", RegexOptions.Singleline).Select(match => match.Value)
            .FirstOrDefault(text => text.Contains($"action=\"{action}\"", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"{(int)page.Status}: no form leads to {action} in: {page.Text}");
        var form = new Dictionary<string, string>();
        foreach (Match input in Regex.Matches(html, "<input[^>]*>")) form[Attribute(input.Value, "name")] = Attribute(input.Value, "value");
        foreach (var (name, value) in fields) form[name] = value;
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, action + query)
        {
            Content = new FormUrlEncodedContent(form),
            Headers = { { "Sec-Fetch-Site", "same-origin" } },
        });
    }

    public async Task<Page> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Add("Souk-Identity", _identity());
        if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        var response = await _http.SendAsync(request);
        foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            var pair = cookie.Split(';')[0].Split('=', 2);
            SetCookies.Add(cookie);
            if (pair[1].Length == 0) Cookies.Remove(pair[0]);
            else Cookies[pair[0]] = pair[1];
        }
        return new Page(response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    static string Attribute(string tag, string name) =>
        WebUtility.HtmlDecode(Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"").Groups[1].Value);
}
