using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Souk.Platform.Hosting;

namespace Souk.Pages.Testing;

/// <summary>
/// Login as the pages see it: codes with PKCE, refresh tokens that are good for one use, revocation; its own pages are left
/// out, whoever is sent there signs in at once. Tokens and trust are the test issuer's.
/// </summary>
/// <param name="client">The set of pages that signs in: <c>storefront</c>.</param>
/// <param name="path">Where it does: <c>/signin</c>.</param>
/// <param name="clock">When tokens are issued.</param>
public sealed class FakeLogin(string client, string path, TimeProvider clock) : IDisposable
{
    const string Secret = "0123456789abcdef0123456789abcdef";

    readonly Dictionary<string, (string Challenge, string Nonce, string Subject)> _codes = [];
    readonly Dictionary<string, (string Subject, string Session, bool IsUsed)> _refresh = [];
    HttpMessageInvoker? _trust;
    int _number;

    public TestIssuer Issuer { get; } = new(clock);

    /// <summary>Who signs in next.</summary>
    public string Subject { get; set; } = "amal";

    /// <summary>What they are in the store.</summary>
    public IReadOnlyList<string> Roles { get; set; } = ["customer"];

    /// <summary>Whether they show a second factor.</summary>
    public bool HasSecondFactor { get; set; }

    /// <summary>How often tokens were renewed.</summary>
    public int Renewals { get; private set; }

    /// <summary>Whether a refresh token was used twice: a real Login ends the session for that.</summary>
    public bool SawReuse { get; private set; }

    /// <summary>A setup whose pages know this Login; its network leads to <see cref="AnswerAsync"/>.</summary>
    public ServiceSetup Vouching(ServiceSetup setup)
    {
        _trust = new HttpMessageInvoker(Issuer.Vouching(new ServiceSetup()).Network!("login"));
        return setup with
        {
            Clock = clock,
            Configuration = new Dictionary<string, string?>(setup.Configuration) { ["Souk:Users"] = "true" },
        };
    }

    /// <summary>What Login writes among the keys at its first start.</summary>
    public void WriteSecret(string keys) => File.WriteAllText(Path.Combine(keys, client + ".oidc"), Secret);

    /// <summary>Somebody is at Login's page and signs in there: the address that leads back to the pages.</summary>
    public string SignIn(string authorize)
    {
        var asked = HttpUtility.ParseQueryString(new Uri(authorize).Query);
        Assert.Equal((client, "code", "S256"), (asked["client_id"], asked["response_type"], asked["code_challenge_method"]));
        Assert.Equal(TestIssuer.Address + path[1..] + "/callback", asked["redirect_uri"]);
        var code = $"code-{++_number}";
        _codes[code] = (asked["code_challenge"]!, asked["nonce"]!, Subject);
        return $"{path}/callback?code={code}&state={Uri.EscapeDataString(asked["state"]!)}&iss={Uri.EscapeDataString(TestIssuer.Address)}";
    }

    public async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, string body, CancellationToken cancellation)
    {
        var form = HttpUtility.ParseQueryString(body);
        switch (request.RequestUri!.AbsolutePath)
        {
            case "/internal/trust":
                return await _trust!.SendAsync(request, cancellation);
            case "/.well-known/openid-configuration":
                return FakeAnswer.Json(new JsonObject { ["issuer"] = TestIssuer.Address });
            case "/connect/token" when form["client_secret"] == Secret && form["grant_type"] == "authorization_code":
                return Redeem(form);
            case "/connect/token" when form["client_secret"] == Secret && form["grant_type"] == "refresh_token":
                return Renew(form["refresh_token"]!);
            case "/connect/revoke" when form["client_secret"] == Secret:
                Issuer.RevokeSession(_refresh[form["token"]!].Session);
                return new HttpResponseMessage(HttpStatusCode.OK);
            default:
                return FakeAnswer.Refuse(400, "invalid_request");
        }
    }

    public void Dispose()
    {
        Issuer.Dispose();
        _trust?.Dispose();
    }

    HttpResponseMessage Redeem(System.Collections.Specialized.NameValueCollection form)
    {
        if (!_codes.Remove(form["code"]!, out var code)) return FakeAnswer.Refuse(400, "invalid_grant");
        var verifier = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"]!))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return verifier == code.Challenge ? Tokens(code.Subject, $"session-{++_number}", code.Nonce) : FakeAnswer.Refuse(400, "invalid_grant");
    }

    HttpResponseMessage Renew(string token)
    {
        var known = _refresh[token];
        if (known.IsUsed) SawReuse = true;
        if (known.IsUsed) return FakeAnswer.Refuse(400, "invalid_grant");
        _refresh[token] = known with { IsUsed = true };
        Renewals++;
        return Tokens(known.Subject, known.Session, nonce: null);
    }

    HttpResponseMessage Tokens(string subject, string session, string? nonce)
    {
        var refresh = $"refresh-{++_number}";
        _refresh[refresh] = (subject, session, false);
        var identity = new Dictionary<string, object> { ["sub"] = subject, ["email"] = subject + "@example.com", ["sid"] = session };
        if (nonce is not null) identity["nonce"] = nonce;
        return FakeAnswer.Json(new JsonObject
        {
            ["access_token"] = Issuer.Token(TestIssuer.Person(subject, session, [.. Roles], HasSecondFactor)),
            ["id_token"] = Issuer.Token(identity, type: "JWT", audience: client),
            ["refresh_token"] = refresh,
            ["token_type"] = "Bearer",
            ["expires_in"] = 3600,
        });
    }
}

/// <summary>Reads whose a request is, as the services do: by the token that it carries.</summary>
public static class Bearer
{
    public static string? SubjectOf(HttpRequestMessage request) => request.Headers.Authorization is { Scheme: "Bearer", Parameter: { } token }
        ? new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(token).Subject : null;
}

/// <summary>Answers of a service that is not there.</summary>
public static class FakeAnswer
{
    public static HttpResponseMessage Json(JsonNode body, int status = 200) =>
        new((HttpStatusCode)status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Refuse(int status, string code) => Json(new JsonObject { ["status"] = status, ["code"] = code }, status);
}
