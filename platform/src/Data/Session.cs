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
    // One of the two: SQLite's own way, or any engine's.
    readonly CachedConnection? _sqlite;
    readonly DbConnection? _connection;
    readonly DbTransaction? _transaction;

    internal Session(CachedConnection connection)
    {
        _sqlite = connection;
        Engine = Engine.Sqlite;
    }

    internal Session(DbConnection connection, Engine engine, DbTransaction? transaction)
    {
        _connection = connection;
        _transaction = transaction;
        Engine = engine;
    }

    /// <summary>The engine, for the few texts that differ between the two.</summary>
    public Engine Engine { get; }

    /// <summary>Runs a statement and returns the number of rows it changed.</summary>
    public async Task<int> ExecuteAsync(Sql sql, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_sqlite is not null) return _sqlite.Execute(sql);
        await using var command = Command(sql);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>All rows of a query, in order; empty when there are none.</summary>
    public async Task<List<T>> QueryAsync<T>(Sql sql, Func<Row, T> read, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_sqlite is not null) return _sqlite.Query(sql, read, cancellation);
        var rows = new List<T>();
        await using var command = Command(sql);
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellation);
        while (await reader.ReadAsync(cancellation)) rows.Add(read(new Row(reader)));
        return rows;
    }

    /// <summary>The first row of a query, or default when there is none.</summary>
    public async Task<T?> FirstAsync<T>(Sql sql, Func<Row, T> read, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_sqlite is not null) return _sqlite.First(sql, read);
        await using var command = Command(sql);
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellation);
        return await reader.ReadAsync(cancellation) ? read(new Row(reader)) : default;
    }

    /// <summary>The integer in the first column of the first row; 0 when there is no row or it is NULL.</summary>
    public Task<long> LongAsync(Sql sql, CancellationToken cancellation = default) =>
        FirstAsync(sql, row => row.LongOrNull(0) ?? 0, cancellation);

    // Npgsql prepares statements by itself, and a command run again after that sends the values of the time before.
    DbCommand Command(Sql sql)
    {
        var command = _connection!.CreateCommand();
        command.Transaction = _transaction;
#pragma warning disable CA2100 // the text comes from Sql, whose holes are parameters
        command.CommandText = sql.ToString();
#pragma warning restore CA2100
        for (var i = 0; i < sql.Values.Count; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = Sql.NameOf(i);
            parameter.Value = sql.Values[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}

/// <summary>
/// A session that writes, in one transaction: everything or nothing, the events it publishes included.
/// See <see cref="Database.WriteAsync"/>.
/// </summary>
public sealed class Transaction : Session
{
    internal Transaction(CachedConnection connection) : base(connection)
    {
    }

    internal Transaction(DbConnection connection, Engine engine, DbTransaction? transaction)
        : base(connection, engine, transaction)
    {
    }

    internal List<OutboxRow> Published { get; } = [];
}
