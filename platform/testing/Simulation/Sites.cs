namespace Souk.Testing.Simulation;

/// <summary>What can happen at a site.</summary>
public enum SiteKind
{
    /// <summary>A call to another service.</summary>
    Call,

    /// <summary>A transaction that is about to be committed.</summary>
    Commit,

    /// <summary>A transaction that has just been committed.</summary>
    Committed,
}

/// <summary>A point of the running code at which a fault may strike, found by running it: never from a list.</summary>
/// <param name="Service">Whose.</param>
/// <param name="Trigger">The request or the pump that it is part of.</param>
/// <param name="Ordinal">The how manieth of its kind there, from 1.</param>
/// <param name="Kind">A call or a commit.</param>
/// <param name="What">The call: <c>payment PUT /internal/authorizations/*</c>.</param>
public sealed record Site(string Service, string Trigger, int Ordinal, SiteKind Kind, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Service}: {Trigger}: {What} {Ordinal}";
}

/// <summary>The work that a process does at the moment, and what it has done in it so far.</summary>
sealed class Trigger(string name)
{
    readonly Dictionary<string, int> _done = new(StringComparer.Ordinal);

    public string Name => name;

    public int Next(string what) => _done[what] = _done.GetValueOrDefault(what) + 1;

    public int Done(string what) => _done.GetValueOrDefault(what);
}

/// <summary>Names of sites.</summary>
static class Sites
{
    const int IdMin = 12;

    /// <summary>A path with its ids as stars, without the query.</summary>
    public static string Template(string path)
    {
        var end = path.IndexOf('?', StringComparison.Ordinal);
        var segments = (end < 0 ? path : path[..end]).Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i].Length >= IdMin && segments[i].Any(sign => char.IsDigit(sign) || char.IsUpper(sign))) segments[i] = "*";
        }
        return string.Join('/', segments);
    }
}
