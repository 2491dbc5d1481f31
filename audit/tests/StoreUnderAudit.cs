using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Souk.Auditing.Tests;

/// <summary>
/// The databases of a store that never ran, made from the services' own schema files: on SQLite a file each, on PostgreSQL a
/// schema each in one database.
/// </summary>
sealed class StoreUnderAudit : IAsyncDisposable
{
    static readonly string[] Services =
        ["Cart", "Catalog", "Inventory", "Notifications", "Ordering", "Payment", "Sandbox", "Shipping"];

    static readonly Lazy<Task<StoreUnderAudit>> Sqlite = new(() => OriginalAsync(Engine.Sqlite));
    static readonly Lazy<Task<StoreUnderAudit>> Postgres = new(() => OriginalAsync(Engine.Postgres));
    static int _copies;

    readonly Engine _engine;
    readonly string _folder;
    readonly Dictionary<(string, string), List<(string Name, bool IsText)>> _required = [];
    readonly Dictionary<string, (DbConnection Connection, DbTransaction Transaction)> _writing = new(StringComparer.Ordinal);
    string _database = "";

    StoreUnderAudit(Engine engine)
    {
        _engine = engine;
        _folder = Directory.CreateTempSubdirectory("souk-audit-").FullName;
    }

    /// <summary>As the launcher lays it out.</summary>
    public string DataFolder => _folder;

    public StoreDatabases Databases => new(Services.ToDictionary(service => service.ToLowerInvariant(), ConnectionString, StringComparer.Ordinal));

    /// <summary>A store with a small history in which nothing is wrong: a copy, made once for all tests.</summary>
    public static async Task<StoreUnderAudit> CreateAsync(Engine engine)
    {
        var original = await (engine == Engine.Sqlite ? Sqlite : Postgres).Value;
        var copy = new StoreUnderAudit(engine);
        if (engine == Engine.Sqlite)
        {
            foreach (var service in Services)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(copy.File(service))!);
                System.IO.File.Copy(original.File(service), copy.File(service));
            }
            return copy;
        }
        var name = "copy" + Interlocked.Increment(ref _copies).ToString(CultureInfo.InvariantCulture);
        var server = new NpgsqlConnectionStringBuilder(original._database);
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(original._database) { Database = "postgres" }.ToString());
        await connection.OpenAsync();
        await ExecuteAsync(connection, $"CREATE DATABASE {name} TEMPLATE {server.Database}");
        copy._database = new NpgsqlConnectionStringBuilder(original._database) { Database = name }.ToString();
        return copy;
    }

    static async Task<StoreUnderAudit> OriginalAsync(Engine engine)
    {
        var store = await BuildAsync(engine, new History());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(store._folder, recursive: true);
        return store;
    }

    /// <summary>A store with a history of its own.</summary>
    public static async Task<StoreUnderAudit> BuildAsync(Engine engine, History history)
    {
        var store = new StoreUnderAudit(engine);
        if (engine == Engine.Postgres)
        {
            store._database = new NpgsqlConnectionStringBuilder(await Testing.Postgres.CreateDatabaseAsync()) { Pooling = false }.ToString();
            await using var connection = new NpgsqlConnection(store._database);
            await connection.OpenAsync();
            foreach (var service in Services) await ExecuteAsync(connection, $"CREATE SCHEMA {service.ToLowerInvariant()}");
        }
        foreach (var service in Services)
        {
            if (engine == Engine.Sqlite) Directory.CreateDirectory(Path.GetDirectoryName(store.File(service))!);
            await using var connection = await store.OpenAsync(service);
            if (engine == Engine.Sqlite) await ExecuteAsync(connection, "PRAGMA journal_mode = WAL");
            foreach (var script in Scripts(service, engine)) await ExecuteAsync(connection, await System.IO.File.ReadAllTextAsync(script));
        }
        foreach (var service in Services) store._writing.Add(service.ToLowerInvariant(), await store.BeginAsync(service));
        await history.WriteAsync(store);
        foreach (var (connection, transaction) in store._writing.Values)
        {
            await transaction.CommitAsync();
            await connection.DisposeAsync();
        }
        store._writing.Clear();
        return store;
    }

    public async Task ExecuteAsync(string service, string sql)
    {
        if (_writing.TryGetValue(service, out var writing))
        {
            await ExecuteAsync(writing.Connection, sql, writing.Transaction);
            return;
        }
        await using var connection = await OpenAsync(service);
        await ExecuteAsync(connection, sql);
    }

    /// <summary>Adds a row; what a table wants beyond these columns is filled with nothing, so that a new column there is no matter here.</summary>
    public async Task InsertAsync(string service, string table, params (string Column, object? Value)[] values)
    {
        var isOpen = _writing.TryGetValue(service, out var writing);
        var (connection, transaction) = isOpen ? writing : await BeginAsync(service);
        var row = values.ToDictionary(one => one.Column, one => one.Value, StringComparer.Ordinal);
        foreach (var (name, isText) in await RequiredAsync(connection, transaction, service, table)) row.TryAdd(name, isText ? "" : 0L);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // names of tables and columns, written here
        command.CommandText = $"INSERT INTO {table} ({string.Join(", ", row.Keys)}) VALUES ({string.Join(", ", row.Keys.Select(name => "@" + name))})";
#pragma warning restore CA2100
        foreach (var (name, value) in row)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value switch { null => DBNull.Value, bool flag => flag ? 1L : 0L, int number => (long)number, _ => value };
            command.Parameters.Add(parameter);
        }
        command.Transaction = transaction;
        await command.ExecuteNonQueryAsync();
        if (isOpen) return;
        await transaction.CommitAsync();
        await connection.DisposeAsync();
    }

    async Task<(DbConnection Connection, DbTransaction Transaction)> BeginAsync(string service)
    {
        var connection = await OpenAsync(service);
        return (connection, await connection.BeginTransactionAsync());
    }

    public async Task<DbConnection> OpenAsync(string service)
    {
        DbConnection connection = _engine == Engine.Sqlite
            ? new SqliteConnection(ConnectionString(service)) : new NpgsqlConnection(ConnectionString(service));
        await connection.OpenAsync();
        return connection;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    string File(string service) => Path.Combine(_folder, "data", service.ToLowerInvariant(), service.ToLowerInvariant() + ".db");

    string ConnectionString(string service) => _engine == Engine.Sqlite
        ? $"Data Source={File(service)};Pooling=False"
        : new NpgsqlConnectionStringBuilder(_database) { SearchPath = service.ToLowerInvariant(), Pooling = false }.ToString();

    async Task<List<(string Name, bool IsText)>> RequiredAsync(DbConnection connection, DbTransaction transaction, string service, string table)
    {
        if (_required.TryGetValue((service, table), out var known)) return known;
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100
        command.CommandText = _engine == Engine.Sqlite
            ? $"SELECT name, type FROM pragma_table_info('{table}') WHERE \"notnull\" = 1 AND dflt_value IS NULL"
            : $"""
              SELECT column_name, data_type FROM information_schema.columns
              WHERE table_schema = '{service}' AND table_name = '{table}' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
              """;
#pragma warning restore CA2100
        var found = new List<(string, bool)>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) found.Add((reader.GetString(0), reader.GetString(1).Equals("text", StringComparison.OrdinalIgnoreCase)));
        return _required[(service, table)] = found;
    }

    /// <summary>The platform's files and the service's, in the order in which a start applies them.</summary>
    static IEnumerable<string> Scripts(string service, Engine engine)
    {
        var other = engine == Engine.Sqlite ? ".postgres.sql" : ".sqlite.sql";
        return [.. Files("platform", "src", "Data", "schema"), .. Files("services", service, "src", "schema")];

        IEnumerable<string> Files(params string[] folder) => Directory.GetFiles(Testing.Repository.Path(folder), "*.sql")
            .Where(file => !file.EndsWith(other, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    static async Task ExecuteAsync(DbConnection connection, string sql, DbTransaction? transaction = null)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // written in tests and schema files
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
