using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Souk.Auditing.Reading;

/// <summary>One database, read only, at the moment at which it was opened.</summary>
sealed class DatabaseReader : IAsyncDisposable
{
    readonly DbConnection _connection;
    readonly DbTransaction _moment;

    DatabaseReader(DbConnection connection, DbTransaction moment)
    {
        _connection = connection;
        _moment = moment;
    }

    public static async Task<DatabaseReader> OpenAsync(string connectionString, CancellationToken cancellation)
    {
        var isSqlite = connectionString.Contains("Data Source=", StringComparison.OrdinalIgnoreCase);
        DbConnection connection = isSqlite ? new SqliteConnection(ReadOnly(connectionString)) : new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            var moment = connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: true)
                : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            var reader = new DatabaseReader(connection, moment);
            // Both engines fix the moment at the first query. PostgreSQL is also told that nothing will be written.
            await reader.QueryAsync(
                isSqlite ? "SELECT COUNT(*) FROM sqlite_master" : "SELECT set_config('transaction_read_only', 'on', true)", _ => true);
            return reader;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read)
    {
        await using var command = _connection.CreateCommand();
        command.Transaction = _moment;
#pragma warning disable CA2100 // Every statement is a text of this project.
        command.CommandText = sql;
#pragma warning restore CA2100
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await _moment.DisposeAsync();
        await _connection.DisposeAsync();
    }

    static string ReadOnly(string connectionString) => new SqliteConnectionStringBuilder(connectionString)
    {
        Mode = SqliteOpenMode.ReadOnly,
        Pooling = false,
    }.ToString();
}

/// <summary>Columns by their place, in the few kinds that the store's tables have.</summary>
static class Columns
{
    public static string Text(this DbDataReader row, int at) => row.GetString(at);

    public static string? TextOrNull(this DbDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);

    public static long Long(this DbDataReader row, int at) => row.GetInt64(at);

    public static long? LongOrNull(this DbDataReader row, int at) => row.IsDBNull(at) ? null : row.GetInt64(at);

    public static DateTimeOffset Time(this DbDataReader row, int at) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(at));
}
