using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Souk.Platform.Data;

/// <summary>
/// SQLite in a file, in WAL mode with <c>synchronous=FULL</c>. One connection writes, through the
/// <see cref="WriteLane"/>; readers have connections of their own and never wait for it.
/// </summary>
sealed class SqliteDatabase : Database
{
    readonly string _connectionString;
    readonly ConcurrentBag<CachedConnection> _readers = [];
    readonly WriteLane _lane;
    bool _disposed;

    public SqliteDatabase(string connectionString, TimeProvider clock, Action<DatabaseMoment>? watch) : base(Engine.Sqlite, clock, watch)
    {
        // Connections are kept here, with their compiled statements; the provider's pool would drop those.
        var builder = new SqliteConnectionStringBuilder(connectionString) { Pooling = false };
        if (Path.GetDirectoryName(Path.GetFullPath(builder.DataSource)) is { } folder) Directory.CreateDirectory(folder);
        _connectionString = builder.ToString();
        _lane = new WriteLane(Connect);
    }

    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        _lane.Dispose();
        while (_readers.TryTake(out var reader)) reader.Dispose();
        return default;
    }

    private protected override async Task<T> RunReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation)
    {
        if (!_readers.TryTake(out var connection)) connection = Connect();
        var isKept = false;
        try
        {
            // One deferred transaction, so that all queries of the work see the same moment.
            connection.Execute("BEGIN");
            var result = await work(new Session(connection));
            connection.Execute("COMMIT");
            if (!_disposed)
            {
                _readers.Add(connection);
                isKept = true;
            }
            return result;
        }
        finally
        {
            // Of a failed one nobody knows how it stands.
            if (!isKept) connection.Dispose();
        }
    }

    private protected override Task<T> RunWriteAsync<T>(
        Func<Transaction, Task<T>> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _lane.RunAsync(connection =>
        {
            var tx = new Transaction(connection);
            var task = WorkAsync(work, tx);
            // SQLite answers on the caller's thread. What is not finished here waited for something else.
            if (!task.IsCompleted)
            {
                throw new InvalidOperationException(
                    "A transaction waited for something other than its database. Make calls before or after it.");
            }
            return (task.GetAwaiter().GetResult(), tx.Published.Count > 0 ? Appended : null);
        });
    }

    CachedConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 30000; PRAGMA foreign_keys = ON; "
            // What a savepoint may have to undo stays in memory; else SQLite makes and removes a file for it, over and over.
            + "PRAGMA temp_store = MEMORY; "
            // 8 MB where 2 are usual: some keys are chance, so what is written next lies anywhere in an index. Taken only when needed.
            + "PRAGMA cache_size = -8000;";
        command.ExecuteNonQuery();
        return new CachedConnection(connection);
    }
}
