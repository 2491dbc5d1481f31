namespace Souk.Gateway;

/// <summary>What an address from outside is.</summary>
enum Verdict
{
    /// <summary>It may be forwarded.</summary>
    Public,

    /// <summary>It belongs to the house: there is nothing there for an outsider.</summary>
    Hidden,

    /// <summary>It says one thing to one reader and another to the next.</summary>
    Malformed,
}

/// <summary>Judges a path as any later reader could understand it: decoded until nothing is left to decode.</summary>
static class PublicPath
{
    const int RoundsMax = 4;

    static readonly string[] HiddenNames = ["internal", "metrics", "openapi", "health"];

    /// <summary>Judges a path, without its query, as it was written.</summary>
    public static Verdict Judge(string path)
    {
        var plain = path;
        for (var round = 0; ; round++)
        {
            if (plain.Any(letter => letter is '\\' or '#' || char.IsControl(letter))) return Verdict.Malformed;
            if (plain.Split('/').Any(segment => segment is "." or "..")) return Verdict.Malformed;
            var decoded = Uri.UnescapeDataString(plain);
            if (decoded == plain) break;
            if (round == RoundsMax) return Verdict.Malformed;
            plain = decoded;
        }

        var segments = plain.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (IsHidden(segments, 0)) return IsOwnHealth(path) ? Verdict.Public : Verdict.Hidden;
        return Is(segments, 0, "api") && IsHidden(segments, 2) ? Verdict.Hidden : Verdict.Public;
    }

    static bool IsOwnHealth(string path) => path is "/health/live" or "/health/ready";

    static bool IsHidden(string[] segments, int at) => HiddenNames.Any(name => Is(segments, at, name));

    static bool Is(string[] segments, int at, string name) =>
        segments.Length > at && segments[at].Equals(name, StringComparison.OrdinalIgnoreCase);
}
