using System.Data.Common;

namespace Souk.Platform.Data;

/// <summary>One row of a result, read by column number from 0; the same on both engines.</summary>
public readonly struct Row
{
    readonly DbDataReader _reader;

    internal Row(DbDataReader reader) => _reader = reader;

    /// <summary>A text that is never NULL.</summary>
    public string Text(int column) => _reader.GetString(column);

    /// <summary>A text, or null.</summary>
    public string? TextOrNull(int column) => _reader.IsDBNull(column) ? null : _reader.GetString(column);

    /// <summary>An integer that is never NULL.</summary>
    public long Long(int column) => _reader.GetInt64(column);

    /// <summary>An integer, or null.</summary>
    public long? LongOrNull(int column) => _reader.IsDBNull(column) ? null : _reader.GetInt64(column);

    /// <summary>An integer that fits 32 bits.</summary>
    /// <exception cref="OverflowException">The value does not fit.</exception>
    public int Int(int column) => checked((int)_reader.GetInt64(column));

    /// <summary>A truth value kept as 0 or 1.</summary>
    public bool Bool(int column) => _reader.GetInt64(column) != 0;

    /// <summary>A point in time kept as milliseconds since 1970.</summary>
    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(_reader.GetInt64(column));

    /// <summary>Binary data that is never NULL.</summary>
    public byte[] Bytes(int column) => _reader.GetFieldValue<byte[]>(column);
}
