using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Souk.Login.Pages;

/// <summary>
/// The style sheet, the script and the icon, kept in the program itself. The hash of a file is part of its address, so
/// a browser keeps it for ever and a new release is a new address.
/// </summary>
public sealed class Assets
{
    const string Prefix = "assets/";
    const string Address = "/account/assets/";

    readonly FrozenDictionary<string, Asset> _byAddress;
    readonly FrozenDictionary<string, string> _addresses;

    public Assets()
    {
        var all = typeof(Assets).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !name.EndsWith(".txt", StringComparison.Ordinal)).Select(Load).ToList();
        _byAddress = all.ToFrozenDictionary(asset => asset.Address);
        _addresses = all.ToFrozenDictionary(asset => asset.Name, asset => Address + asset.Address);
    }

    /// <summary>Where a file is, such as <c>site.css</c>.</summary>
    public string this[string name] => _addresses[name];

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Address + "{address}", (string address, Assets assets, HttpContext context) =>
    {
        if (!assets._byAddress.TryGetValue(address, out var asset)) return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Bytes, asset.Type);
    }).AllowPublic().ExcludeFromDescription();

    static Asset Load(string resource)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(resource)!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        var name = resource[Prefix.Length..];
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..12];
        var type = Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            var other => throw new InvalidOperationException($"No content type for {other}."),
        };
        return new Asset(name, $"{Path.GetFileNameWithoutExtension(name)}.{hash}{Path.GetExtension(name)}", type, bytes);
    }

    sealed record Asset(string Name, string Address, string Type, byte[] Bytes);
}
