using System.Data.Common;
using SQLitePCL;

namespace Souk.Platform.Data;

/// <summary>One row of a result, read by column number from 0; the same on both engines.</summary>
public readonly struct Row
{
    // One of the two: SQLite's own, or any other engine's.
    readonly sqlite3_stmt? _statement;
    readonly DbDataReader? _reader;

    internal Row(DbDataReader reader) => _reader = reader;

    internal Row(sqlite3_stmt statement) => _statement = statement;

    /// <summary>A text that is never NULL.</summary>
    public string Text(int column) => _statement is null ? _reader!.GetString(column) : TextOrNull(column) ?? throw IsNull(column);

    /// <summary>A text, or null.</summary>
    public string? TextOrNull(int column) => _statement is not null ? raw.sqlite3_column_text(_statement, column).utf8_to_string()
        : _reader!.IsDBNull(column) ? null : _reader.GetString(column);

    /// <summary>An integer that is never NULL.</summary>
    public long Long(int column) => _statement is null ? _reader!.GetInt64(column) : LongOrNull(column) ?? throw IsNull(column);

    /// <summary>An integer, or null.</summary>
    public long? LongOrNull(int column)
    {
        if (_statement is null) return _reader!.IsDBNull(column) ? null : _reader.GetInt64(column);
        var value = raw.sqlite3_column_int64(_statement, column);
        // NULL reads as 0 there.
        return value == 0 && raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : value;
    }

    /// <summary>An integer that fits 32 bits.</summary>
    /// <exception cref="OverflowException">The value does not fit.</exception>
    public int Int(int column) => checked((int)Long(column));

    /// <summary>A truth value kept as 0 or 1.</summary>
    public bool Bool(int column) => Long(column) != 0;

    /// <summary>A point in time kept as milliseconds since 1970.</summary>
    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Long(column));

    /// <summary>Binary data that is never NULL.</summary>
    public byte[] Bytes(int column) => _statement is null ? _reader!.GetFieldValue<byte[]>(column)
        : raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? throw IsNull(column)
        : raw.sqlite3_column_blob(_statement, column).ToArray();

    static InvalidOperationException IsNull(int column) => new($"Column {column} of the row is NULL.");
}
