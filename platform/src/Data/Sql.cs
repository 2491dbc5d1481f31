using System.Globalization;
using System.Runtime.CompilerServices;

namespace Souk.Platform.Data;

/// <summary>
/// A SQL text with its parameters, written as an interpolated string: every hole becomes a parameter, never text,
/// so that no value can be read as SQL. A hole may be another <see cref="Sql"/> (its text and parameters are
/// taken in) or a list of strings (it becomes <c>(@p1, @p2, …)</c> for <c>IN</c>).
/// </summary>
/// <example><code>await tx.ExecuteAsync($"UPDATE cart SET version = {version} WHERE id = {id}");</code></example>
[InterpolatedStringHandler]
public sealed class Sql
{
    /// <summary>What every parameter's name begins with; its number follows.</summary>
    internal const string NameStart = "@p";

    static readonly string[] Names = [.. Enumerable.Range(0, 100).Select(MakeName)];

    char[] _text;
    int _length;
    readonly List<object?> _values;
    // Where in _text each parameter's name stands, so that a nested text can be renumbered.
    readonly List<(int Start, int Length)> _names;

    /// <summary>Called by the compiler for an interpolated string.</summary>
    /// <param name="literalLength">Characters outside the holes.</param>
    /// <param name="formattedCount">Number of holes.</param>
    public Sql(int literalLength, int formattedCount)
    {
        _text = new char[literalLength + formattedCount * 4];
        _values = new List<object?>(formattedCount);
        _names = new List<(int, int)>(formattedCount);
    }

    /// <summary>The empty text.</summary>
    public static Sql Empty => new(0, 0);

    /// <summary>A text of the program's own, taken as it is. Never pass anything that came from outside.</summary>
    /// <param name="text">SQL without parameters.</param>
    public static Sql Text(string text)
    {
        var sql = new Sql(text.Length, 0);
        sql.AppendLiteral(text);
        return sql;
    }

    /// <summary>Joins texts with a separator, for example conditions with <c>" AND "</c>.</summary>
    /// <param name="separator">SQL between two parts.</param>
    /// <param name="parts">The texts, in order.</param>
    public static Sql Join(string separator, IEnumerable<Sql> parts)
    {
        var joined = Empty;
        foreach (var part in parts)
        {
            if (joined._length > 0) joined.AppendLiteral(separator);
            joined.AppendFormatted(part);
        }
        return joined;
    }

    /// <summary>The text, to be looked for: a statement that is known is not made into a string again.</summary>
    internal ReadOnlySpan<char> Chars => _text.AsSpan(0, _length);

    internal List<object?> Values => _values;

    /// <inheritdoc/>
    public override string ToString() => new(Chars);

    /// <summary>Called by the compiler: text outside the holes.</summary>
    public void AppendLiteral(string value) => Append(value);

    /// <summary>A string parameter; null is NULL.</summary>
    public void AppendFormatted(string? value) => AppendParameter(value);

    /// <summary>An integer parameter.</summary>
    public void AppendFormatted(long value) => AppendParameter(value);

    /// <summary>An integer parameter; null is NULL.</summary>
    public void AppendFormatted(long? value) => AppendParameter(value);

    /// <summary>A truth value, kept as 0 or 1 in both engines.</summary>
    public void AppendFormatted(bool value) => AppendParameter(value ? 1L : 0L);

    /// <summary>A point in time, kept as milliseconds since 1970 in both engines.</summary>
    public void AppendFormatted(DateTimeOffset value) => AppendParameter(value.ToUnixTimeMilliseconds());

    /// <summary>A binary parameter; null is NULL.</summary>
    public void AppendFormatted(byte[]? value) => AppendParameter(value);

    /// <summary>A list for <c>IN</c>; an empty list matches nothing.</summary>
    public void AppendFormatted(IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            Append("(NULL)");
            return;
        }
        Append("(");
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) Append(", ");
            AppendParameter(values[i]);
        }
        Append(")");
    }

    /// <summary>Another text, with its parameters.</summary>
    public void AppendFormatted(Sql sql)
    {
        var copied = 0;
        for (var i = 0; i < sql._values.Count; i++)
        {
            var (start, length) = sql._names[i];
            Append(sql.Chars[copied..start]);
            AppendParameter(sql._values[i]);
            copied = start + length;
        }
        Append(sql.Chars[copied..]);
    }

    /// <summary>A parameter's name, as it stands in the text.</summary>
    internal static string NameOf(int index) => index < Names.Length ? Names[index] : MakeName(index);

    static string MakeName(int index) => NameStart + index.ToString(CultureInfo.InvariantCulture);

    void AppendParameter(object? value)
    {
        var start = _length;
        Append(NameOf(_values.Count));
        _names.Add((start, _length - start));
        _values.Add(value);
    }

    void Append(ReadOnlySpan<char> part)
    {
        if (_text.Length - _length < part.Length) Array.Resize(ref _text, Math.Max(_length + part.Length, _text.Length * 2));
        part.CopyTo(_text.AsSpan(_length));
        _length += part.Length;
    }
}
