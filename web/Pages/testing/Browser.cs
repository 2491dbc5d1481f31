using System.Net;
using System.Text.RegularExpressions;

namespace Souk.Pages.Testing;

/// <summary>What somebody at a browser sees of an answer.</summary>
public sealed record Page(HttpStatusCode Status, string Html, HttpResponseMessage Response)
{
    /// <summary>The text without its tags, as one line.</summary>
    public string Text => WebUtility.HtmlDecode(Regex.Replace(Regex.Replace(Html, "<[^>]*>", " "), @"\s+", " "));
}

/// <summary>A browser without scripts: cookies, forms with their hidden fields, redirects. It stands behind the gateway.</summary>
public class Browser(TestService service, string host = "localhost:8080", string scheme = "http")
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
