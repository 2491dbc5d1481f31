using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.IdentityModel.Tokens;

namespace Souk.Acceptance;

/// <summary>
/// The key with which a running store's Login signs, taken from its database and its keys folder: tokens that are wrong in one
/// thing only, and those of staff without their telephones.
/// </summary>
sealed class LoginKey : IDisposable
{
    readonly TestIssuer _issuer = new();
    readonly Store _store;
    readonly ECDsaSecurityKey _key;

    /// <param name="store">The store.</param>
    /// <param name="newest">The key that was made last, which may not sign yet. Default: the first.</param>
    public LoginKey(Store store, bool newest = false)
    {
        _store = store;
        var (id, sealedKey) = Read(store, newest);
        var protector = DataProtectionProvider
            .Create(new DirectoryInfo(Path.Combine(store.Folder, "keys", "login-protection")), protection => protection.SetApplicationName("souk-login"))
            .CreateProtector("Souk.Login.SigningKey");
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(protector.Unprotect(Convert.FromBase64String(sealedKey)), out _);
        _key = Named(key, id);
    }

    public string Id => _key.KeyId;

    /// <summary>A good token of somebody with these roles, unless something is said otherwise.</summary>
    public string Token(string subject, string[] roles, bool secondFactor = false, string? issuer = null, string audience = "souk", string type = "at+jwt",
        TimeSpan age = default) => _issuer.Token(
            TestIssuer.Person(subject, null, roles, secondFactor), type, issuer ?? _store.Address.AbsoluteUri, audience, age, signing: Signing(_key));

    /// <summary>One of the staff with a second factor.</summary>
    public string Staff() => Token("staff-of-a-test", ["customer", "staff"], secondFactor: true);

    /// <summary>A partner's key.</summary>
    public string Partner(params string[] scopes) => _issuer.Token(new Dictionary<string, object>
    {
        ["sub"] = "partner:test",
        ["sid"] = "key-of-a-test",
        ["role"] = Array.Empty<string>(),
        ["scope"] = string.Join(' ', scopes),
    }, "key+jwt", _store.Address.AbsoluteUri, signing: Signing(_key));

    /// <summary>What an attacker may come with for a customer who exists, by what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string> Bad(Account account)
    {
        var (subject, parts) = (account.Subject, account.AccessToken.Split('.'));
        using var strange = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = System.Text.Encoding.ASCII.GetBytes(_key.ECDsa.ExportSubjectPublicKeyInfoPem());
        string Headed(string algorithm) => Base64UrlEncoder.Encode($$"""{"alg":"{{algorithm}}","typ":"at+jwt","kid":"{{_key.KeyId}}"}""") + "." + parts[1];
        return new Dictionary<string, string>
        {
            ["alg=none"] = Headed("none") + ".",
            ["HS256 signed by the public key"] = Headed("HS256") + "."
                + Base64UrlEncoder.Encode(HMACSHA256.HashData(secret, System.Text.Encoding.ASCII.GetBytes(Headed("HS256")))),
            ["another audience"] = Token(subject, ["customer", "staff"], true, audience: "storefront"),
            ["another issuer"] = Token(subject, ["customer", "staff"], true, issuer: "https://evil.example/"),
            ["another type"] = Token(subject, ["customer", "staff"], true, type: "JWT"),
            ["expired 61 s ago"] = Token(subject, ["customer", "staff"], true, age: TimeSpan.FromSeconds(3661)),
            ["another's key under a known name"] = _issuer.Token(TestIssuer.Person(subject, null, ["customer", "staff"], true), "at+jwt",
                _store.Address.AbsoluteUri, signing: Signing(Named(strange, _key.KeyId))),
            ["one byte changed"] = $"{parts[0]}.{parts[1]}.{parts[2][..^10]}{(parts[2][^10] == 'A' ? 'B' : 'A')}{parts[2][^9..]}",
            ["an ID token"] = account.IdToken,
            ["a refresh token"] = account.RefreshToken,
            ["half a token"] = account.AccessToken[..100],
        };
    }

    public void Dispose()
    {
        _issuer.Dispose();
        _key.ECDsa.Dispose();
    }

    // Keys of one name are taken for one key where what signs is cached.
    static ECDsaSecurityKey Named(ECDsa key, string id) =>
        new(key) { KeyId = id, CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };

    static SigningCredentials Signing(ECDsaSecurityKey key) => new(key, SecurityAlgorithms.EcdsaSha256);

    static (string Id, string Key) Read(Store store, bool newest)
    {
        var file = Directory.GetFiles(store.FolderOf("login"), "*.db").Single();
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id, private_key FROM signing_key WHERE purpose = 'signing' ORDER BY active_from {(newest ? "DESC" : "ASC")} LIMIT 1";
        using var row = command.ExecuteReader();
        Assert.True(row.Read(), "Login has no key.");
        return (row.GetString(0), row.GetString(1));
    }
}
