using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;

namespace Souk.Acceptance;

/// <summary>A browser without scripts at a store's front door: cookies, forms with their hidden fields. It follows no redirect by itself.</summary>
sealed partial class Visitor(Store store) : IDisposable
{
    readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
    {
        BaseAddress = store.Address,
        Timeout = TimeSpan.FromSeconds(20),
    };

    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>Every cookie that was set, with its attributes.</summary>
    public List<string> SetCookies { get; } = [];

    public Task<HttpResponseMessage> GetAsync(string address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    /// <summary>Loads a page and sends its form.</summary>
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

    public void Dispose() => _http.Dispose();

    static string Attribute(string tag, string name) => WebUtility.HtmlDecode(Regex.Match(tag, $"\\s{name}=\"([^\"]*)\"").Groups[1].Value);

    [GeneratedRegex("<form .*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex Inputs();
}

/// <summary>Somebody with an account at a running store, and the tokens that the storefront has got for them.</summary>
sealed record Account(Visitor Visitor, string Email, string AccessToken, string RefreshToken, string IdToken) : IDisposable
{
    public const string Password = "four blue lanterns at dusk";

    public string Subject => Claim("sub");

    public string Claim(string name) => JsonElement.Parse(Base64Url.DecodeFromChars(AccessToken.Split('.')[1])).GetProperty(name).GetString()!;

    /// <summary>Registers, confirms by the link of the mail, and signs in as the storefront does it: code and PKCE.</summary>
    public static async Task<Account> RegisterAsync(Store store, string email)
    {
        var visitor = new Visitor(store);
        using (var registered = await visitor.FillAsync("/account/register", ("email", email), ("password", Password)))
        {
            Assert.Equal(HttpStatusCode.SeeOther, registered.StatusCode);
        }
        using (var confirmed = await visitor.FillAsync(await LinkAsync(store, email, "confirm"), ("password", Password)))
        {
            Assert.Equal("/account?said=confirmed", confirmed.Headers.Location?.OriginalString);
        }
        return await SignInAsync(store, visitor, email);
    }

    /// <summary>New tokens for whom the visitor has signed in as.</summary>
    public static async Task<Account> SignInAsync(Store store, Visitor visitor, string email)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var back = new Uri(store.Address, "/signin/callback").AbsoluteUri;
        using var sent = await visitor.GetAsync(
            $"/connect/authorize?client_id=storefront&response_type=code&scope=openid%20email%20offline_access&state=s&nonce=n&redirect_uri={Uri.EscapeDataString(back)}"
            + $"&code_challenge_method=S256&code_challenge={Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))}");
        var code = HttpUtility.ParseQueryString(sent.Headers.Location!.Query)["code"];
        Assert.True(code is not null, sent.Headers.Location.OriginalString);
        using var answer = await store.Http.PostAsync("/connect/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["code_verifier"] = verifier,
            ["redirect_uri"] = back,
            ["client_id"] = "storefront",
            ["client_secret"] = await File.ReadAllTextAsync(Path.Combine(store.Folder, "keys", "storefront.oidc")),
        }));
        var tokens = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, tokens.ToString());
        string Token(string name) => tokens.GetProperty(name).GetString()!;
        return new Account(visitor, email, Token("access_token"), Token("refresh_token"), Token("id_token"));
    }

    /// <summary>The path of the link in the latest mail of a kind to somebody, as Notifications learns of it.</summary>
    public static async Task<string> LinkAsync(Store store, string email, string kind)
    {
        string? link = null;
        using var login = await store.ClientOfAsync("login", "notifications");
        await Eventually.HoldsAsync($"a mail '{kind}' to {email} is wanted", async () =>
        {
            var wanted = await login.GetFromJsonAsync<List<JsonElement>>("/internal/events?after=0");
            foreach (var data in wanted!.Select(e => e.GetProperty("data")).Where(data => data.GetProperty("kind").GetString() == kind).Reverse())
            {
                using var answer = await login.GetAsync("/internal/mails/" + data.GetProperty("mailId").GetString());
                if (!answer.IsSuccessStatusCode) continue;
                var mail = await answer.Content.ReadFromJsonAsync<JsonElement>();
                if (mail.GetProperty("address").GetString() != email) continue;
                link = new Uri(mail.GetProperty("link").GetString()!).PathAndQuery;
                return true;
            }
            return false;
        });
        return link!;
    }

    public void Dispose() => Visitor.Dispose();
}
