namespace Souk.Catalog.Images;

/// <summary>The name of a picture that the store serves itself, and what may stand behind it.</summary>
static class ImageName
{
    public const string Prefix = "/api/catalog/images/";

    const int LengthMax = 200;

    /// <summary>Whether an address is one of the store's own pictures.</summary>
    public static bool IsOwn(string src) => src.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The address that a picture is served at.</summary>
    public static string AddressOf(string name) => Prefix + Uri.EscapeDataString(name);

    /// <summary>The name behind one of the store's own addresses.</summary>
    public static string NameOf(string address) => Uri.UnescapeDataString(address[Prefix.Length..]);

    /// <summary>A file name with a known ending: no path, nothing hidden, no sign that means something in an address.</summary>
    public static bool IsValid(string name) => name.Length <= LengthMax && ContentTypeOf(name) is not null
        && name[0] != '.' && !name.Any(c => char.IsControl(c) || c is '/' or '\\' or '%' or '?' or '#' or ':');

    /// <summary>The type that a name promises; null when it promises none that is served.</summary>
    public static string? ContentTypeOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".jpg" or ".jpeg" => "image/jpeg",
        ".webp" => "image/webp",
        ".gif" => "image/gif",
        ".avif" => "image/avif",
        _ => null,
    };

    /// <summary>Whether the bytes begin as the type says: a page that calls itself a picture is not kept.</summary>
    public static bool Matches(string contentType, ReadOnlySpan<byte> content) => contentType switch
    {
        "image/png" => content.StartsWith((ReadOnlySpan<byte>)[0x89, .. "PNG\r\n"u8, 0x1a, 0x0a]),
        "image/jpeg" => content.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]),
        "image/gif" => content.StartsWith("GIF8"u8),
        "image/avif" => content.Length > 12 && content[4..].StartsWith("ftypavi"u8),
        "image/webp" => content.Length > 12 && content.StartsWith("RIFF"u8) && content[8..].StartsWith("WEBP"u8),
        _ => content.TrimStart((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf, .. " \t\r\n"u8]).StartsWith("<"u8)
            && content[..Math.Min(content.Length, 4096)].IndexOf("<svg"u8) >= 0,
    };
}
