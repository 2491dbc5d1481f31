using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;

namespace Souk.Load;

/// <summary>The store's own pages as a client of Login: whoever has the store's keys may ask for tokens as they do.</summary>
/// <param name="Store">The gateway's address.</param>
/// <param name="Secret">The storefront's, from <c>storefront.oidc</c> among the keys.</param>
public sealed record StorefrontClient(Uri Store, string Secret)
{
    /// <summary>Where it has codes sent.</summary>
    public string Callback => new Uri(Store, "/signin/callback").AbsoluteUri;
}

/// <summary>Somebody with an account at a store, signed in as the storefront does it: code and PKCE.</summary>
public sealed class Account : IDisposable
{
    // Half of what an access token lives.
    static readonly TimeSpan Fresh = TimeSpan.FromMinutes(30);

    readonly StorefrontClient _client;
    readonly TimeProvider _clock;
    long _issued;

    internal Account(StorefrontClient client, Visitor visitor, string email, JsonElement tokens, TimeProvider clock)
    {
        (_client, Visitor, Email, _clock) = (client, visitor, email, clock);
        IdToken = tokens.GetProperty("id_token").GetString()!;
        Take(tokens);
    }

    /// <summary>Their browser.</summary>
    public Visitor Visitor { get; }

    /// <summary>Their address.</summary>
    public string Email { get; }

    /// <summary>What every service takes them by.</summary>
    public string AccessToken { get; private set; } = "";

    /// <summary>Good once, for new tokens.</summary>
    public string RefreshToken { get; private set; } = "";

    /// <summary>What the client was told of them.</summary>
    public string IdToken { get; }

    /// <summary>Registers, confirms by the mail's link, and signs in.</summary>
    /// <param name="client">Who asks for the tokens.</param>
    /// <param name="email">An address without an account.</param>
    /// <param name="password">Its password from now on.</param>
    /// <param name="confirmation">Finds the link in the mail to an address: path and query.</param>
    /// <param name="clock">The time that tokens are refreshed by. Default: the system's.</param>
    /// <exception cref="InvalidOperationException">The store says no.</exception>
    public static async Task<Account> RegisterAsync(
        StorefrontClient client, string email, string password, Func<string, Task<string>> confirmation, TimeProvider? clock = null)
    {
        var visitor = new Visitor(client.Store);
        using (var registered = await visitor.FillAsync("/account/register", ("email", email), ("password", password)))
        {
            Expect(registered, "/account/sent");
        }
        using (var confirmed = await visitor.FillAsync(await confirmation(email), ("password", password)))
        {
            Expect(confirmed, "/account?said=confirmed");
        }
        return await SignInAsync(client, visitor, email, clock);
    }

    /// <summary>New tokens for whom the visitor has signed in as.</summary>
    /// <param name="client">Who asks for the tokens.</param>
    /// <param name="visitor">Their browser.</param>
    /// <param name="email">Their address.</param>
    /// <param name="clock">The time that tokens are refreshed by. Default: the system's.</param>
    /// <exception cref="InvalidOperationException">The store says no.</exception>
    public static async Task<Account> SignInAsync(StorefrontClient client, Visitor visitor, string email, TimeProvider? clock = null)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        using var sent = await visitor.GetAsync(
            $"/connect/authorize?client_id=storefront&response_type=code&scope=openid%20email%20offline_access&state=s&nonce=n&redirect_uri={Uri.EscapeDataString(client.Callback)}"
            + $"&code_challenge_method=S256&code_challenge={Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))}");
        var code = sent.Headers.Location is { IsAbsoluteUri: true } back ? HttpUtility.ParseQueryString(back.Query)["code"] : null;
        if (code is null) throw new InvalidOperationException($"Login gives no code: {(int)sent.StatusCode} {sent.Headers.Location}");
        var tokens = await AskAsync(client, visitor, new()
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["code_verifier"] = verifier,
            ["redirect_uri"] = client.Callback,
        });
        return new Account(client, visitor, email, tokens, clock ?? TimeProvider.System);
    }

    /// <summary>New tokens when those at hand are no longer young; while Login is down the old ones go on.</summary>
    public async Task RefreshAsync()
    {
        if (_clock.GetElapsedTime(_issued) < Fresh) return;
        try
        {
            Take(await AskAsync(_client, Visitor, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = RefreshToken }));
        }
        catch (Exception error) when (error is HttpRequestException or InvalidOperationException or OperationCanceledException)
        {
            // They are good for a while yet, and the next time asks again.
        }
    }

    /// <summary>Closes the browser.</summary>
    public void Dispose() => Visitor.Dispose();

    void Take(JsonElement tokens)
    {
        AccessToken = tokens.GetProperty("access_token").GetString()!;
        RefreshToken = tokens.GetProperty("refresh_token").GetString()!;
        _issued = _clock.GetTimestamp();
    }

    static async Task<JsonElement> AskAsync(StorefrontClient client, Visitor visitor, Dictionary<string, string> form)
    {
        form["client_id"] = "storefront";
        form["client_secret"] = client.Secret;
        using var answer = await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new FormUrlEncodedContent(form) });
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonElement.Parse(text) : throw new InvalidOperationException($"Login gives no tokens: {(int)answer.StatusCode} {text}");
    }

    static void Expect(HttpResponseMessage answer, string location)
    {
        if (answer.StatusCode == HttpStatusCode.SeeOther && answer.Headers.Location?.OriginalString == location) return;
        throw new InvalidOperationException(answer.Headers.RetryAfter?.Delta is { } wait
            ? $"so many from one address have to wait for {wait.TotalSeconds:0} s."
            : $"the answer is {(int)answer.StatusCode} {answer.Headers.Location} where {location} should follow.");
    }
}
