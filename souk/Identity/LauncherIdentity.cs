using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Souk.Launcher.Identity;

/// <summary>
/// The launcher's own identity, "souk": a key pair in the key folder, made when missing, and the short-lived tokens
/// that it signs. Any process with the key folder speaks as souk, so `souk import` works beside a running store.
/// </summary>
sealed class LauncherIdentity : IDisposable
{
    public const string Header = "Souk-Identity";
    const string Name = "souk";
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    readonly ECDsa _key = ECDsa.Create();
    readonly TimeProvider _clock;
    readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> _tokens = new();

    LauncherIdentity(string privateKey, TimeProvider clock)
    {
        _key.ImportFromPem(privateKey);
        _clock = clock;
    }

    public static LauncherIdentity Open(string keyFolder, TimeProvider clock)
    {
        var file = Path.Combine(keyFolder, Name + ".key");
        if (!File.Exists(file))
            Make(keyFolder, file);
        return new LauncherIdentity(File.ReadAllText(file), clock);
    }

    /// <summary>A token for one callee, used again for half of its life.</summary>
    public string TokenFor(string service)
    {
        var now = _clock.GetUtcNow();
        if (_tokens.TryGetValue(service, out var known) && known.Until > now)
            return known.Token;
        var claims = new JsonObject
        {
            ["iss"] = Name,
            ["aud"] = service,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
        };
        var signed = $"{Encode("""{"alg":"ES256","typ":"JWT"}""")}.{Encode(claims.ToJsonString())}";
        string token;
        lock (_key)
            token = $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
        _tokens[service] = (token, now + Lifetime / 2);
        return token;
    }

    public void Dispose() => _key.Dispose();

    static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    /// <summary>The public key goes first: whoever sees a private key finds its other half too.</summary>
    static void Make(string folder, string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DataFolder.Replace(Path.Combine(folder, Name + ".pub"), key.ExportSubjectPublicKeyInfoPem());
        DataFolder.ReplacePrivate(file, key.ExportPkcs8PrivateKeyPem());
    }
}
