using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Testing.Simulation;

/// <summary>
/// What has happened in a world, a line each, as one hash: two runs that did the same have the same, two that differ
/// anywhere do not. Where it is kept as well, the story of a run can be told from it.
/// </summary>
/// <param name="isKept">Whether the lines are kept.</param>
public sealed class Trace(bool isKept = false) : IDisposable
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly List<TracedCall> _calls = [];
    readonly StringBuilder _line = new();
    byte[] _bytes = new byte[512];

    internal World? World { get; set; }

    /// <summary>Whether lines are kept.</summary>
    public bool IsKept => isKept;

    /// <summary>The calls and events, where they are kept.</summary>
    public IReadOnlyList<TracedCall> Calls => _calls;

    /// <summary>How many lines there were.</summary>
    public long Lines { get; private set; }

    /// <summary>Adds a line: what happened, between whom, and how it went.</summary>
    /// <param name="what">A word for the kind.</param>
    /// <param name="from">Whose doing.</param>
    /// <param name="to">To whom; empty: to nobody.</param>
    /// <param name="about">More of it.</param>
    /// <param name="number">A status, or whatever else is counted.</param>
    /// <param name="content">Only kept and never hashed: there are trace ids in it.</param>
    public void Add(string what, string from, string to = "", string about = "", long number = 0, Func<string>? content = null)
    {
        Lines++;
        var at = World?.Ticks ?? 0;
        _line.Clear().Append(CultureInfo.InvariantCulture, $"{at} {what} {from} {to} {about} {number}\n");
        foreach (var chunk in _line.GetChunks())
        {
            var most = Encoding.UTF8.GetMaxByteCount(chunk.Length);
            if (_bytes.Length < most) _bytes = new byte[most];
            _hash.AppendData(_bytes, 0, Encoding.UTF8.GetBytes(chunk.Span, _bytes));
        }
        if (isKept) _calls.Add(new TracedCall(TimeSpan.FromTicks(at), what, from, to, about, number, content?.Invoke() ?? ""));
    }

    /// <summary>The hash so far, in hex.</summary>
    public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash())[..32];

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}

/// <summary>A line of a trace.</summary>
public sealed record TracedCall(TimeSpan At, string What, string From, string To, string About, long Number, string Content);
