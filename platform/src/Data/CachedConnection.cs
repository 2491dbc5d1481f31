using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Souk.Platform.Data;

/// <summary>
/// A connection to a SQLite file that keeps its statements by text, so that each is compiled once and not per call. They run
/// by SQLite's own calls: a command and a reader around each cost more than most statements themselves.
/// Not safe for two threads at once: a session owns it while it runs.
/// </summary>
/// <param name="connection">The connection, open.</param>
sealed class CachedConnection(SqliteConnection connection) : IDisposable
{
    // Texts are the program's own and few; a text with a list of varying length adds a handful more.
    const int TextsMax = 200;

    readonly sqlite3 _handle = connection.Handle!;
    readonly Dictionary<string, Text> _texts = new(StringComparer.Ordinal);

    /// <summary>Runs a statement without parameters or rows, such as <c>COMMIT</c>.</summary>
    public void Execute(string statement) => Execute(TextOf(statement), []);

    /// <summary>Runs a text and returns the number of rows it changed.</summary>
    public int Execute(Sql sql) => Execute(TextOf(sql), sql.Values);

    /// <summary>All rows of a text, in order.</summary>
    public List<T> Query<T>(Sql sql, Func<Row, T> read, CancellationToken cancellation)
    {
        var rows = new List<T>();
        using var run = new Run(_handle, TextOf(sql), sql.Values);
        while (run.Step())
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Add(read(run.Row));
        }
        return rows;
    }

    /// <summary>The first row of a text, or default when there is none.</summary>
    public T? First<T>(Sql sql, Func<Row, T> read)
    {
        var (first, isFound) = (default(T), false);
        using var run = new Run(_handle, TextOf(sql), sql.Values);
        while (run.Step())
        {
            if (!isFound) (first, isFound) = (read(run.Row), true);
            run.Leave();
        }
        return first;
    }

    public void Dispose()
    {
        Clear();
        connection.Dispose();
    }

    int Execute(Text text, List<object?> values)
    {
        using var run = new Run(_handle, text, values);
        while (run.Step())
        {
            // Rows that nobody asked for.
        }
        return run.Changed;
    }

    Text TextOf(Sql sql) => _texts.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(sql.Chars, out var text) ? text : Add(sql.ToString());

    Text TextOf(string sql) => _texts.TryGetValue(sql, out var text) ? text : Add(sql);

    Text Add(string sql)
    {
        if (_texts.Count == TextsMax) Clear();
        return _texts[sql] = new Text(_handle, sql);
    }

    void Clear()
    {
        foreach (var text in _texts.Values) text.Dispose();
        _texts.Clear();
    }

    static int Bind(sqlite3_stmt statement, int index, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(statement, index),
        long number => raw.sqlite3_bind_int64(statement, index, number),
        string text => BindText(statement, index, text),
        byte[] { Length: 0 } => raw.sqlite3_bind_zeroblob(statement, index, 0),
        byte[] bytes => raw.sqlite3_bind_blob(statement, index, bytes),
        _ => throw new ArgumentException($"A {value.GetType().Name} is no parameter."),
    };

    static int BindText(sqlite3_stmt statement, int index, string text)
    {
        // No bytes at all would be NULL.
        if (text.Length == 0) return raw.sqlite3_bind_text(statement, index, text);
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > 512 ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[512];
        var code = raw.sqlite3_bind_text(statement, index, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return code;
    }

    /// <summary>One way through all rows of all statements of a text.</summary>
    ref struct Run(sqlite3 connection, Text text, List<object?> values)
    {
        int _next;
        Statement? _statement;

        /// <summary>How many rows were changed so far.</summary>
        public int Changed { get; private set; }

        /// <summary>The row at which it stands.</summary>
        public readonly Row Row => new(_statement!.Handle);

        /// <summary>Goes on to the next row; false: there are no more.</summary>
        public bool Step()
        {
            while (_statement is not null || Begin())
            {
                var code = raw.sqlite3_step(_statement!.Handle);
                if (code == raw.SQLITE_ROW) return true;
                if (code != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(code, connection);
                if (_statement.Writes) Changed += raw.sqlite3_changes(connection);
                Leave();
            }
            return false;
        }

        /// <summary>Has no more rows of the statement that it stands in.</summary>
        public void Leave()
        {
            if (_statement is not null) raw.sqlite3_reset(_statement.Handle);
            _statement = null;
        }

        public void Dispose() => Leave();

        bool Begin()
        {
            _statement = text.At(_next++);
            if (_statement is null) return false;
            var parameters = _statement.Parameters;
            for (var i = 0; i < parameters.Length; i++)
            {
                var code = Bind(_statement.Handle, i + 1, values[parameters[i]]);
                if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, connection);
            }
            return true;
        }
    }

    /// <summary>A text and its statements: mostly one.</summary>
    sealed class Text(sqlite3 connection, string sql) : IDisposable
    {
        readonly List<Statement> _statements = new(1);
        // What is not compiled yet: a statement may stand on what the one before it makes.
        byte[] _rest = Encoding.UTF8.GetBytes(sql);

        /// <summary>The statement at a place; null: there are no more.</summary>
        public Statement? At(int index)
        {
            while (_statements.Count == index && _rest.Length > 0)
            {
                var code = raw.sqlite3_prepare_v3(connection, _rest, raw.SQLITE_PREPARE_PERSISTENT, out var handle, out var tail);
                if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, connection);
                _rest = tail.ToArray();
                // A comment, or what stands behind the last semicolon, is no statement.
                if (handle is { IsInvalid: false }) _statements.Add(new Statement(handle));
            }
            return index < _statements.Count ? _statements[index] : null;
        }

        public void Dispose()
        {
            foreach (var statement in _statements) statement.Handle.Dispose();
        }
    }

    /// <summary>A compiled statement.</summary>
    sealed class Statement(sqlite3_stmt handle)
    {
        public sqlite3_stmt Handle => handle;

        public bool Writes { get; } = raw.sqlite3_stmt_readonly(handle) == 0;

        /// <summary>Which of the text's values each of its parameters is.</summary>
        public int[] Parameters { get; } = [.. Enumerable.Range(1, raw.sqlite3_bind_parameter_count(handle)).Select(index =>
            int.Parse(raw.sqlite3_bind_parameter_name(handle, index).utf8_to_string().AsSpan(Sql.NameStart.Length), CultureInfo.InvariantCulture))];
    }
}
