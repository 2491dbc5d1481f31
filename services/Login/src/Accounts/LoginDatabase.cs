using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Souk.Login.Accounts;

/// <summary>Opens, for EF Core, the database that the platform opens: the same connection string, the same rules.</summary>
static class LoginDatabase
{
    public static void Use(DbContextOptionsBuilder context, string connection)
    {
        if (connection.Contains("Host=", StringComparison.OrdinalIgnoreCase)) context.UseNpgsql(connection);
        else context.UseSqlite(connection).AddInterceptors(new SqliteRules());
        // An address that two register at once is no fault: it is answered, not logged.
        context.ConfigureWarnings(warnings => warnings.Log((CoreEventId.SaveChangesFailed, LogLevel.Debug), (RelationalEventId.CommandError, LogLevel.Debug)));
    }

    sealed class SqliteRules : DbConnectionInterceptor
    {
        const string Rules = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Rules;
            command.ExecuteNonQuery();
        }

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }
}
