using System.Net;
using System.Text.RegularExpressions;

namespace Souk.Load;

/// <summary>A browser without scripts at a store's front door: cookies, forms with their hidden fields. It follows no redirect by itself.</summary>
/// <param name="store">The gateway's address.</param>
public sealed partial class Visitor(Uri store) : IDisposable
{
    readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        BaseAddress = store,
        Timeout = TimeSpan.FromSeconds(20),
    };

    /// <summary>Those that it sends, by name.</summary>
    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>Every cookie that was set, with its attributes.</summary>
    public List<string> SetCookies { get; } = [];

    /// <summary>Loads a page.</summary>
    /// <param name="address">Its path and query.</param>
    public Task<HttpResponseMessage> GetAsync(string address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    /// <summary>Loads a page and sends its form.</summary>
    /// <param name="address">The page's, and, without its query, the form's.</param>
    /// <param name="fields">What is typed; what is hidden in the form goes with it.</param>
    /// <exception cref="InvalidOperationException">There is no such form.</exception>
    public async Task<HttpResponseMessage> FillAsync(string address, params (string Name, string Value)[] fields)
    {
        using var page = await GetAsync(address);
        var html = await page.Content.ReadAsStringAsync();
        var action = address.Split('?')[0];
        var form = Forms().Matches(html).Select(match => match.Value).FirstOrDefault(text => text.Contains($"action=\"{action}\"", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"{(int)page.StatusCode}: no form leads to {action} in {html}");
        var values = Inputs().Matches(form).ToDictionary(input => Attribute(input.Value, "name"), input => Attribute(input.Value, "value"));
        foreach (var (name, value) in fields) values[name] = value;
        return await SendAsync(new HttpRequestMessage(HttpMethod.Post, action)
        {
            Content = new FormUrlEncodedContent(values),
            Headers = { { "Sec-Fetch-Site", "same-origin" } },
        });
    }

    /// <summary>Sends with the cookies, and keeps those of the answer.</summary>
    /// <param name="request">To the store.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        var answer = await _http.SendAsync(request);
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            SetCookies.Add(cookie);
            var pair = cookie.Split(';')[0].Split('=', 2);
            if (pair[1].Length == 0) Cookies.Remove(pair[0]);
            else Cookies[pair[0]] = pair[1];
        }
        return answer;
    }

    /// <summary>Closes its connections.</summary>
    public void Dispose() => _http.Dispose();

    static string Attribute(string tag, string name) => WebUtility.HtmlDecode(Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"").Groups[1].Value);

    [GeneratedRegex("<form .*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex Inputs();
}
