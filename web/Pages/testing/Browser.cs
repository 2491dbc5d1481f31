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
        List<KeyValuePair<string, string>> form = page is null ? [] : Fields(page, action);
        foreach (var (name, value) in fields)
        {
            form.RemoveAll(field => field.Key == name);
            form.Add(KeyValuePair.Create(name, value));
        }
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, to) { Content = new FormUrlEncodedContent(form) }, site);
    }

    /// <summary>Sends a form of the page with a file.</summary>
    public Task<Page> UploadAsync(Page page, string action, string field, string text)
    {
        var content = new MultipartFormDataContent { { new StringContent(text), field, "file.csv" } };
        foreach (var (name, value) in Fields(page, action).Where(other => other.Key != field)) content.Add(new StringContent(value), name);
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, action) { Content = content }, "same-origin");
    }

    /// <summary>What a form of the page would send as it stands.</summary>
    static List<KeyValuePair<string, string>> Fields(Page page, string action)
    {
        var html = Regex.Matches(page.Html, "<form .*?</form>", RegexOptions.Singleline).Select(match => match.Value)
            .First(text => text.Contains($"action=\"{action}\"", StringComparison.Ordinal));
        var form = new List<KeyValuePair<string, string>>();
        foreach (Match input in Regex.Matches(html, """<input[^>]*>"""))
        {
            if (Attribute(input.Value, "type") is "radio" or "checkbox" && !input.Value.Contains(" checked", StringComparison.Ordinal)) continue;
            form.Add(KeyValuePair.Create(Attribute(input.Value, "name"), Attribute(input.Value, "value")));
        }
        foreach (Match select in Regex.Matches(html, """<select[^>]*>.*?</select>""", RegexOptions.Singleline))
        {
            form.Add(KeyValuePair.Create(Attribute(select.Value, "name"), Attribute(Regex.Match(select.Value, "<option[^>]* selected>").Value, "value")));
        }
        foreach (Match area in Regex.Matches(html, """(<textarea[^>]*>)(.*?)</textarea>""", RegexOptions.Singleline))
        {
            form.Add(KeyValuePair.Create(Attribute(area.Groups[1].Value, "name"), WebUtility.HtmlDecode(area.Groups[2].Value).ReplaceLineEndings("\r\n")));
        }
        return form;
    }

    async Task<Page> SendAsync(HttpRequestMessage request, string? site = null)
    {
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
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
