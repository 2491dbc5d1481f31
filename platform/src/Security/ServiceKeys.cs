using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Souk.Platform.Security;

/// <summary>
/// The key pairs of the store's services in one folder: <c>{service}.key</c> (private, PKCS #8 PEM, mode 600, read
/// by its owner alone) and <c>{service}.pub</c> (public, SPKI PEM, read by everyone). On Kubernetes the private
/// key is the service's own secret and the public ones are a config map, mounted together.
/// </summary>
/// <param name="folder">The folder.</param>
public sealed class ServiceKeys(string folder)
{
    readonly ConcurrentDictionary<string, (DateTime Written, ECDsaSecurityKey Key)> _public = new(StringComparer.Ordinal);

    /// <summary>The service's own key pair (ECDSA P-256), made at the first start.</summary>
    /// <param name="service">Its name.</param>
    /// <exception cref="CryptographicException">The file is no such key, or a weaker one.</exception>
    public ECDsaSecurityKey Own(string service)
    {
        var path = Path.Combine(folder, service + ".key");
        if (!File.Exists(path)) Create(service, path);
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        if (key.KeySize < 256) throw new CryptographicException($"{path} holds a key of {key.KeySize} bits; 256 are needed.");
        return new ECDsaSecurityKey(key) { KeyId = service };
    }

    /// <summary>The public key of a service, or null when it has none here. A replaced file is read again.</summary>
    /// <param name="service">Its name, as a token claims it: any text.</param>
    public ECDsaSecurityKey? Public(string service)
    {
        // The name comes from a token that nobody has verified yet.
        if (!IsName(service)) return null;
        var path = Path.Combine(folder, service + ".pub");
        var written = File.GetLastWriteTimeUtc(path);
        if (_public.TryGetValue(service, out var known) && known.Written == written) return known.Key;
        if (!File.Exists(path)) return null;
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        var read = new ECDsaSecurityKey(key) { KeyId = service };
        _public[service] = (written, read);
        return read;
    }

    static bool IsName(string text) => text.Length is > 0 and <= 40 && text.All(c => char.IsAsciiLetterLower(c) || c == '-');

    void Create(string service, string path)
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Written whole, then moved: whoever looks sees no key or a complete one, and of two replicas that start
        // at once the first wins.
        var draft = Path.Combine(folder, $".{service}.{Environment.ProcessId}");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(draft, options)) file.Write(key.ExportPkcs8PrivateKeyPem());
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
            return;
        }
        File.WriteAllText(draft, key.ExportSubjectPublicKeyInfoPem());
        File.Move(draft, Path.Combine(folder, service + ".pub"), overwrite: true);
    }
}
