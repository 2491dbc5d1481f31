using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Souk.Platform;
using Souk.Platform.Hosting;

namespace Souk.Testing;

/// <summary>
/// Stands for Login in tests of services that know users: it has keys, issues tokens as Login does, revokes them, and answers
/// the service under test at <c>GET /internal/trust</c>. It can be taken down and brought back.
/// </summary>
/// <example><code>
/// using var login = new TestIssuer();
/// await using var cart = await TestService.StartAsync(CartService.Build, engine, login.Vouching(new ServiceSetup()));
/// var answer = await cart.As("gateway").With(login.Customer("amal")).PostAsync("/api/cart/carts", null);
/// </code></example>
/// <param name="clock">When tokens are issued. Default: the system's.</param>
public sealed class TestIssuer(TimeProvider? clock = null) : IDisposable
{
    /// <summary>The store's public address, as far as tests go.</summary>
    public const string Address = "http://localhost:8080/";

    // New keys are no revocation that counts: whoever asks just after the change hears of it when the wait is over.
    static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);

    readonly TimeProvider _clock = clock ?? TimeProvider.System;
    readonly Signal _news = new(clock ?? TimeProvider.System);
    readonly Lock _gate = new();
    readonly List<(ECDsaSecurityKey Key, JsonObject Public)> _keys = [NewKey(1)];
    readonly List<JsonObject> _revoked = [];

    /// <summary>Whether it answers. Default: true.</summary>
    public bool Up { get; set; } = true;

    /// <summary>Whether it lets a question wait for news. False where a test turns the pumps by hand. Default: true.</summary>
    public bool Waits { get; set; } = true;

    /// <summary>How often it was asked what is new.</summary>
    public int Asked { get; private set; }

    /// <summary>The key that signs; for tokens that a test makes by itself.</summary>
    public ECDsaSecurityKey Key => _keys[^1].Key;

    /// <summary>A setup whose service asks this issuer; its calls to others go where they went.</summary>
    /// <param name="setup">The setup so far.</param>
    public ServiceSetup Vouching(ServiceSetup setup)
    {
        var others = setup.Network;
        return setup with
        {
            Network = callee => callee == "login" ? new Wire(this) : others?.Invoke(callee) ?? new Nowhere(),
            Configuration = new Dictionary<string, string?>(setup.Configuration) { ["Souk:Users"] = "true" },
        };
    }

    /// <summary>A signed-in customer's token.</summary>
    /// <param name="subject">Who.</param>
    /// <param name="session">The sign-in. Default: one a subject.</param>
    public string Customer(string subject, string? session = null) =>
        Token(Person(subject, session, ["customer"], secondFactor: false));

    /// <summary>A token of the store's staff.</summary>
    /// <param name="subject">Who.</param>
    /// <param name="secondFactor">Whether one was used. Default: yes.</param>
    public string Staff(string subject = "staff-1", bool secondFactor = true) =>
        Token(Person(subject, null, ["customer", "staff"], secondFactor));

    /// <summary>A token of the store's support, with a second factor.</summary>
    /// <param name="subject">Who.</param>
    public string Support(string subject = "support-1") => Token(Person(subject, null, ["customer", "support"], secondFactor: true));

    /// <summary>A partner's key.</summary>
    /// <param name="scopes">What it is good for: <c>catalog:write</c>.</param>
    public string Partner(params string[] scopes) => Token(new Dictionary<string, object>
    {
        ["sub"] = "partner:1",
        ["sid"] = "key-1",
        ["role"] = Array.Empty<string>(),
        ["scope"] = string.Join(' ', scopes),
    }, type: "key+jwt", lifetime: TimeSpan.FromDays(365));

    /// <summary>The claims of a person's token, to be changed by a test before it is signed.</summary>
    public static Dictionary<string, object> Person(string subject, string? session, string[] roles, bool secondFactor) => new()
    {
        ["sub"] = subject,
        ["sid"] = session ?? "session of " + subject,
        ["client_id"] = "storefront",
        ["role"] = roles,
        ["amr"] = secondFactor ? ["pwd", "mfa"] : (string[])["pwd"],
        ["scope"] = "openid",
    };

    /// <summary>Signs a token that may be wrong in any part.</summary>
    /// <param name="claims">What it says beside issuer, audience and times.</param>
    /// <param name="type">The header's <c>typ</c>.</param>
    /// <param name="issuer">The <c>iss</c>.</param>
    /// <param name="audience">The <c>aud</c>.</param>
    /// <param name="age">How long ago it was issued.</param>
    /// <param name="lifetime">How long it is good for from then on. Default: an hour.</param>
    /// <param name="signing">What signs it. Default: the issuer's key, ES256.</param>
    public string Token(IDictionary<string, object> claims, string type = "at+jwt", string issuer = Address, string audience = "souk",
        TimeSpan age = default, TimeSpan? lifetime = null, SigningCredentials? signing = null)
    {
        var issued = (_clock.GetUtcNow() - age).UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = type,
            Issuer = issuer,
            Audience = audience,
            IssuedAt = issued,
            Expires = issued + (lifetime ?? TimeSpan.FromHours(1)),
            Claims = claims,
            SigningCredentials = signing ?? new SigningCredentials(Key, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>A new key signs from here on; what the old ones signed stays good.</summary>
    public void Rotate()
    {
        lock (_gate) _keys.Add(NewKey(_keys.Count + 1));
        _news.Set();
    }

    /// <summary>Forgets every key but the one that signs.</summary>
    public void Retire()
    {
        lock (_gate) _keys.RemoveRange(0, _keys.Count - 1);
        _news.Set();
    }

    /// <summary>Ends a session: a sign-out.</summary>
    /// <param name="session">The token's <c>sid</c>.</param>
    public void RevokeSession(string session) => Revoke(new JsonObject { ["sid"] = session, ["sub"] = null });

    /// <summary>Ends every session of a subject: a changed password, a sign-out everywhere.</summary>
    /// <param name="subject">The token's <c>sub</c>.</param>
    public void RevokeSubject(string subject) => Revoke(new JsonObject { ["sid"] = null, ["sub"] = subject });

    /// <summary>Disposes of the keys.</summary>
    public void Dispose()
    {
        foreach (var (key, _) in _keys) key.ECDsa.Dispose();
    }

    static (ECDsaSecurityKey, JsonObject) NewKey(int number)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var id = "key-" + number.ToString(CultureInfo.InvariantCulture);
        return (new ECDsaSecurityKey(key) { KeyId = id }, new JsonObject
        {
            ["kid"] = id,
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64UrlEncoder.Encode(point.X),
            ["y"] = Base64UrlEncoder.Encode(point.Y),
            ["use"] = "sig",
            ["alg"] = "ES256",
        });
    }

    void Revoke(JsonObject revoked)
    {
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        revoked["before"] = now;
        revoked["until"] = now + 3700;
        lock (_gate) _revoked.Add(revoked);
        _news.Set();
    }

    async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        if (!Up) throw new HttpRequestException(HttpRequestError.ConnectionError, "Login is down.");
        Asked++;
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var after = int.Parse(query["after"]!, CultureInfo.InvariantCulture);
        var wait = TimeSpan.FromSeconds(int.Parse(query["wait"]!, CultureInfo.InvariantCulture));
        var news = _news.Next;
        if (Waits && wait > TimeSpan.Zero && after >= _revoked.Count)
        {
            try
            {
                await news.WaitAsync(wait < WaitMax ? wait : WaitMax, _clock, cancellation);
            }
            catch (TimeoutException)
            {
                // Nothing new.
            }
        }
        if (!Up) throw new HttpRequestException(HttpRequestError.ResponseEnded, "Login is down.");
        lock (_gate)
        {
            var answer = new JsonObject
            {
                ["issuer"] = Address,
                ["position"] = _revoked.Count,
                ["keys"] = new JsonArray([.. _keys.Select(key => key.Public.DeepClone())]),
                ["revoked"] = new JsonArray([.. _revoked.Skip(after).Select(one => one.DeepClone())]),
            };
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(answer.ToJsonString(), Encoding.UTF8, "application/json"),
            };
        }
    }

    // Each client disposes of its handler; the issuer outlives them.
    sealed class Wire(TestIssuer issuer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            issuer.AnswerAsync(request, cancellationToken);
    }

    sealed class Nowhere : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"The test has no {request.RequestUri!.Host}.");
    }
}

/// <summary>Says for whom a test's calls are.</summary>
public static class SignedInExtensions
{
    /// <summary>The client's calls carry a user's token.</summary>
    /// <param name="client">The client.</param>
    /// <param name="token">The token.</param>
    public static HttpClient With(this HttpClient client, string token)
    {
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
