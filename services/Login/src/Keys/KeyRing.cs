using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace Souk.Login.Keys;

/// <summary>
/// The keys that tokens are signed with (ES256), made at the first start and shared by all replicas. A new one is published
/// before it signs; an old one stays published until the last token that it signed has expired.
/// </summary>
public sealed class KeyRing : IPump, IHostedService, IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>
{
    const string Signing = "signing";
    const string Encryption = "encryption";

    readonly KeyStore _store;
    readonly IDataProtector _protector;
    readonly LoginSettings _settings;
    readonly IIdSource _ids;
    readonly TimeProvider _clock;
    readonly TrustNews _news;
    volatile State? _state;
    ConfigurationReloadToken _changed = new();

    internal KeyRing(KeyStore store, IDataProtectionProvider protection, LoginSettings settings, IIdSource ids, TimeProvider clock, TrustNews news)
    {
        _store = store;
        _protector = protection.CreateProtector("Souk.Login.SigningKey");
        _settings = settings;
        _ids = ids;
        _clock = clock;
        _news = news;
    }

    string IPump.Name => "signing keys";

    TimeSpan IPump.Idle => TimeSpan.FromSeconds(10);

    string? IOptionsChangeTokenSource<OpenIddictServerOptions>.Name => Options.DefaultName;

    /// <summary>All keys that a token may be signed with, the one that signs first.</summary>
    public IReadOnlyList<ECDsaSecurityKey> Published => Now.Signing;

    /// <summary>What signs now.</summary>
    public SigningCredentials Credentials => new(Now.Signing[0], SecurityAlgorithms.EcdsaSha256);

    /// <summary>What a key has signed last lives so long after it: a refresh token is signed, too, under its encryption.</summary>
    TimeSpan Afterlife => LoginSettings.ClockSkew * 2 +
        (_settings.SessionLifetime > LoginSettings.AccessTokenLifetime ? _settings.SessionLifetime : LoginSettings.AccessTokenLifetime);

    State Now => _state ?? throw new InvalidOperationException("The keys are read before the service listens.");

    /// <summary>Makes the first keys, or reads those that there are; of two replicas that start at once one makes them.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => StepAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Reads the keys, rotates them when it is time, and lets the newest that is active sign.</summary>
    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        var keys = await _store.AllAsync(cancellation);
        if (Missing(keys, now, isForced: false).Count > 0 || keys.Any(key => key.NeededUntil <= now))
        {
            keys = await _store.ChangeAsync(present => Missing(present, now, isForced: false), now, cancellation);
        }
        Take(keys, now);
        return false;
    }

    /// <summary>Publishes a new key at once, which signs as soon as every service may know it.</summary>
    public async Task RotateAsync(CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        Take(await _store.ChangeAsync(present => Missing(present, now, isForced: true), now, cancellation), now);
    }

    public void Configure(OpenIddictServerOptions options)
    {
        options.SigningCredentials.AddRange(Now.Signing.Select(key => new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256)));
        options.EncryptionCredentials.AddRange(Now.Encryption.Select(key => new EncryptingCredentials(
            key, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512)));
    }

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    List<StoredKey> Missing(IReadOnlyList<StoredKey> present, DateTimeOffset now, bool isForced)
    {
        var missing = new List<StoredKey>();
        if (!present.Any(key => key.Purpose == Encryption))
        {
            // It is never shown to anybody; a code or refresh token that it encrypted may come back for as long as a session lives.
            missing.Add(New(Encryption, RandomNumberGenerator.GetBytes(32), now, now));
        }
        var signing = present.Where(key => key.Purpose == Signing).ToList();
        if (signing.Count == 0) missing.Add(New(Signing, NewKey(), now, now));
        else if (isForced || signing.Max(key => key.ActiveFrom) + _settings.KeyLifetime <= now) missing.Add(New(Signing, NewKey(), now, now + LoginSettings.KeyLead));
        return missing;

        static byte[] NewKey()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return key.ExportPkcs8PrivateKey();
        }
    }

    StoredKey New(string purpose, byte[] key, DateTimeOffset now, DateTimeOffset activeFrom) => new(
        _ids.NewId(), purpose, Convert.ToBase64String(_protector.Protect(key)), now, activeFrom,
        purpose == Encryption ? DateTimeOffset.MaxValue : activeFrom + _settings.KeyLifetime + LoginSettings.KeyLead * 2 + Afterlife);

    void Take(List<StoredKey> keys, DateTimeOffset now)
    {
        var signing = keys.Where(key => key.Purpose == Signing).ToList();
        // The newest that may sign stands first: the first signs.
        var current = signing.Where(key => key.ActiveFrom <= now).MaxBy(key => (key.ActiveFrom, key.Id)) ?? signing[0];
        List<StoredKey> ordered = [current, .. signing.Where(key => key != current)];
        var names = string.Join(' ', ordered.Select(key => key.Id));
        if (_state?.Names == names) return;

        _state = new State(names,
            [.. ordered.Select(key => _state?.Signing.FirstOrDefault(known => known.KeyId == key.Id) ?? Read(key))],
            [.. keys.Where(key => key.Purpose == Encryption).Select(key => new SymmetricSecurityKey(Open(key)) { KeyId = key.Id })]);
        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
        _news.Set();
    }

    ECDsaSecurityKey Read(StoredKey stored)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Open(stored), out _);
        return new ECDsaSecurityKey(key) { KeyId = stored.Id };
    }

    byte[] Open(StoredKey stored) => _protector.Unprotect(Convert.FromBase64String(stored.PrivateKey));

    sealed record State(string Names, IReadOnlyList<ECDsaSecurityKey> Signing, IReadOnlyList<SymmetricSecurityKey> Encryption);
}
