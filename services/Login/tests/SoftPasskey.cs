using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Souk.Login.Tests;

/// <summary>A passkey in software (WebAuthn, ES256, no attestation), as a browser at an origin would use it.</summary>
sealed class SoftPasskey : IDisposable
{
    const byte Present = 0x01, Verified = 0x04, HasCredential = 0x40;

    readonly string _site;
    readonly string _origin;
    readonly ECDsa _key;
    readonly byte[] _id;
    string _user = "";
    uint _uses;

    public SoftPasskey(string site, string origin) : this(site, origin, ECDsa.Create(ECCurve.NamedCurves.nistP256), RandomNumberGenerator.GetBytes(32))
    {
    }

    SoftPasskey(string site, string origin, ECDsa key, byte[] id) => (_site, _origin, _key, _id) = (site, origin, key, id);

    /// <summary>The same passkey, lured to another origin.</summary>
    public SoftPasskey At(string origin) => new(_site, origin, ECDsa.Create(_key.ExportParameters(true)), _id) { _user = _user, _uses = _uses + 10 };

    /// <summary>Answers options of creation.</summary>
    public string Make(JsonElement options)
    {
        _user = options.GetProperty("user").GetProperty("id").GetString()!;
        var client = Client("webauthn.create", options);
        var point = _key.ExportParameters(false).Q;
        var cose = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cose.WriteStartMap(5);
        cose.WriteInt32(1);
        cose.WriteInt32(2);
        cose.WriteInt32(3);
        cose.WriteInt32(-7);
        cose.WriteInt32(-1);
        cose.WriteInt32(1);
        cose.WriteInt32(-2);
        cose.WriteByteString(point.X!);
        cose.WriteInt32(-3);
        cose.WriteByteString(point.Y!);
        cose.WriteEndMap();
        byte[] credential = [.. new byte[16], 0, (byte)_id.Length, .. _id, .. cose.Encode()];
        byte[] data = [.. Authenticator(HasCredential), .. credential];

        var attestation = new CborWriter(CborConformanceMode.Ctap2Canonical);
        attestation.WriteStartMap(3);
        attestation.WriteTextString("fmt");
        attestation.WriteTextString("none");
        attestation.WriteTextString("attStmt");
        attestation.WriteStartMap(0);
        attestation.WriteEndMap();
        attestation.WriteTextString("authData");
        attestation.WriteByteString(data);
        attestation.WriteEndMap();
        return Credential(new
        {
            clientDataJSON = Text(client),
            attestationObject = Text(attestation.Encode()),
            transports = new[] { "internal" },
        });
    }

    /// <summary>Answers options of a request.</summary>
    public string Sign(JsonElement options)
    {
        _uses++;
        var client = Client("webauthn.get", options);
        var data = Authenticator(0);
        return Credential(new
        {
            clientDataJSON = Text(client),
            authenticatorData = Text(data),
            signature = Text(_key.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            userHandle = _user,
        });
    }

    public void Dispose() => _key.Dispose();

    byte[] Client(string type, JsonElement options) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type,
        challenge = options.GetProperty("challenge").GetString(),
        origin = _origin,
        crossOrigin = false,
    });

    byte[] Authenticator(byte flags)
    {
        var uses = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(uses, _uses);
        return [.. SHA256.HashData(Encoding.ASCII.GetBytes(_site)), (byte)(Present | Verified | flags), .. uses];
    }

    string Credential(object response) => JsonSerializer.Serialize(new
    {
        id = Text(_id),
        rawId = Text(_id),
        type = "public-key",
        authenticatorAttachment = "platform",
        clientExtensionResults = new { },
        response,
    });

    static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
