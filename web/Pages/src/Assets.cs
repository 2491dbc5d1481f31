using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Souk.Pages;

/// <summary>
/// The style sheet, the script and the icon, kept in the program itself. The hash of a file is part of its address, so
/// a browser keeps it for ever and a new release is a new address.
/// </summary>
public sealed class Assets
{
    const string Prefix = "assets/";

    readonly FrozenDictionary<string, Asset> _byAddress;
    readonly FrozenDictionary<string, string> _addresses;

    readonly string _path;

    /// <param name="home">The assembly that embeds them, as <c>assets/NAME</c>.</param>
    /// <param name="path">Where they are served: two sets of pages behind one gateway have a path each.</param>
    public Assets(Assembly home, string path)
    {
        _path = path;
        var all = home.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => Load(home, name)).ToList();
        _byAddress = all.ToFrozenDictionary(asset => asset.Address);
        _addresses = all.ToFrozenDictionary(asset => asset.Name, asset => path + "/" + asset.Address);
    }

    /// <summary>Where a file is, such as <c>site.css</c>.</summary>
    public string this[string name] => _addresses[name];

    /// <summary>Serves them.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapGet(
        app.ServiceProvider.GetRequiredService<Assets>()._path + "/{address}", (string address, Assets assets, HttpContext context) =>
    {
        if (!assets._byAddress.TryGetValue(address, out var asset)) return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(asset.Bytes, asset.Type);
    }).AllowPublic().ExcludeFromDescription();

    static Asset Load(Assembly home, string resource)
    {
        using var stream = home.GetManifestResourceStream(resource)!;
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
