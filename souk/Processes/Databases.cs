using System.Text.Json.Nodes;
using Npgsql;
using Souk.Launcher.Identity;
using Souk.Launcher.Releases;

namespace Souk.Launcher.Processes;

/// <summary>
/// The database of each service: a file of its own, or on a PostgreSQL server a database and a user of its own, whom no
/// other service's database lets in.
/// </summary>
sealed class Databases
{
    /// <summary>Names the server where the option does not.</summary>
    public const string ServerVariable = "SOUK_POSTGRES";

    // Ten services fit the hundred connections that a PostgreSQL server has by default.
    const int ConnectionsPerService = 9;

    readonly DataFolder _data;
    readonly Dictionary<string, string> _onServer = new(StringComparer.Ordinal);

    Databases(DataFolder data) => _data = data;

    /// <summary>Makes what is missing on the server, and puts down where everything is for `souk audit`.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="services">All services.</param>
    /// <param name="server">An administrator's connection string; its database names the store. Null: files.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<Databases> PrepareAsync(
        DataFolder data, IEnumerable<ServiceDeclaration> services, string? server, CancellationToken stop)
    {
        var databases = new Databases(data);
        File.Delete(data.DatabaseList);
        if (server is null)
            return databases;
        try
        {
            var admin = new NpgsqlConnectionStringBuilder(server);
            var store = admin.Database ?? "souk";
            admin.Database = "postgres";
            await using var connection = new NpgsqlConnection(admin.ToString());
            await connection.OpenAsync(stop);
            foreach (var service in services.Where(service => service.Database))
                await databases.MakeAsync(connection, admin, $"{store}_{service.Name}", service.Name, stop);
        }
        catch (Exception error) when (error is NpgsqlException or ArgumentException or System.Net.Sockets.SocketException)
        {
            throw new Trouble($"PostgreSQL cannot be used: {error.Message}", "--postgres 'Host=localhost;Username=postgres;Password=…;Database=souk' names a server and a user who may create databases.");
        }
        var list = new JsonObject();
        foreach (var (service, connectionString) in databases._onServer)
            list[service] = connectionString;
        DataFolder.ReplacePrivate(data.DatabaseList, list.ToJsonString());
        return databases;
    }

    public string ConnectionOf(ServiceDeclaration service) => _onServer.TryGetValue(service.Name, out var connection) ? connection
        : $"Data Source={Path.Combine(_data.MakeHomeOf(service.Name), service.Name + ".db")}";

    async Task MakeAsync(NpgsqlConnection connection, NpgsqlConnectionStringBuilder admin, string name, string service, CancellationToken stop)
    {
        var password = new Secrets(_data.Keys).Of("postgres-" + service);
        var hasRole = await ExistsAsync("SELECT 1 FROM pg_roles WHERE rolname = $1", name);
        await RunAsync($"{(hasRole ? "ALTER" : "CREATE")} ROLE \"{name}\" LOGIN PASSWORD '{password}'");
        if (!await ExistsAsync("SELECT 1 FROM pg_database WHERE datname = $1", name))
            await RunAsync($"CREATE DATABASE \"{name}\" OWNER \"{name}\"");
        await RunAsync($"REVOKE CONNECT ON DATABASE \"{name}\" FROM PUBLIC");
        _onServer[service] = new NpgsqlConnectionStringBuilder(admin.ToString())
        {
            Database = name,
            Username = name,
            Password = password,
            MaxPoolSize = ConnectionsPerService,
        }.ToString();

        async Task<bool> ExistsAsync(string question, string about)
        {
            await using var command = new NpgsqlCommand(question, connection) { Parameters = { new() { Value = about } } };
            return await command.ExecuteScalarAsync(stop) is not null;
        }

        async Task RunAsync(string statement)
        {
            // Names are the declarations' own (letters, digits, dashes) behind the store's, and cannot be parameters.
#pragma warning disable CA2100
            await using var command = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(stop);
        }
    }
}
