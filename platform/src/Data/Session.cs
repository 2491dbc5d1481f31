using System.Data;
using System.Data.Common;
using Souk.Platform.Events;

namespace Souk.Platform.Data;

/// <summary>The engine behind a connection string.</summary>
public enum Engine
{
    /// <summary>SQLite in a file: the embedded default.</summary>
    Sqlite,

    /// <summary>PostgreSQL: what a store outgrows SQLite with.</summary>
    Postgres,
}

/// <summary>A connection for the length of one unit of work: it reads. See <see cref="Database.ReadAsync"/>.</summary>
public class Session
{
    readonly CachedConnection _connection;
    readonly DbTransaction? _transaction;

    internal Session(CachedConnection connection, Engine engine, DbTransaction? transaction)
    {
        _connection = connection;
        _transaction = transaction;
        Engine = engine;
    }

    /// <summary>The engine, for the few texts that differ between the two.</summary>
    public Engine Engine { get; }

    /// <summary>Runs a statement and returns the number of rows it changed.</summary>
    public async Task<int> ExecuteAsync(Sql sql, CancellationToken cancellation = default) =>
        await Command(sql).ExecuteNonQueryAsync(cancellation);

    /// <summary>All rows of a query, in order; empty when there are none.</summary>
    public async Task<List<T>> QueryAsync<T>(Sql sql, Func<Row, T> read, CancellationToken cancellation = default)
    {
        var rows = new List<T>();
        await using var reader = await Command(sql).ExecuteReaderAsync(CommandBehavior.SingleResult, cancellation);
        while (await reader.ReadAsync(cancellation)) rows.Add(read(new Row(reader)));
        return rows;
    }

    /// <summary>The first row of a query, or default when there is none.</summary>
    public async Task<T?> FirstAsync<T>(Sql sql, Func<Row, T> read, CancellationToken cancellation = default)
    {
        await using var reader = await Command(sql).ExecuteReaderAsync(CommandBehavior.SingleResult, cancellation);
        return await reader.ReadAsync(cancellation) ? read(new Row(reader)) : default;
    }

    /// <summary>The integer in the first column of the first row; 0 when there is no row or it is NULL.</summary>
    public Task<long> LongAsync(Sql sql, CancellationToken cancellation = default) =>
        FirstAsync(sql, row => row.LongOrNull(0) ?? 0, cancellation);

    DbCommand Command(Sql sql) => _connection.Command(sql, _transaction);
}

/// <summary>
/// A session that writes, in one transaction: everything or nothing, the events it publishes included.
/// See <see cref="Database.WriteAsync"/>.
/// </summary>
public sealed class Transaction : Session
{
    internal Transaction(CachedConnection connection, Engine engine, DbTransaction? transaction)
        : base(connection, engine, transaction)
    {
    }

    internal List<OutboxRow> Published { get; } = [];
}
