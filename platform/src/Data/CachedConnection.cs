using System.Data.Common;

namespace Souk.Platform.Data;

/// <summary>
/// A connection that keeps its commands by text, so that a statement is compiled once and not per call.
/// Not safe for two threads at once: a session owns it while it runs.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="keepsCommands">
/// False for Npgsql: it prepares statements by itself, and a command run again after that sends the values of the
/// time before.
/// </param>
sealed class CachedConnection(DbConnection connection, bool keepsCommands) : IAsyncDisposable
{
    // Texts are the program's own and few; a text with a list of varying length adds a handful more.
    const int CommandsMax = 200;

    readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);

    public DbConnection Inner => connection;

    /// <summary>A command ready to run. Its reader must be closed before the same text is asked for again.</summary>
    public DbCommand Command(Sql sql, DbTransaction? transaction)
    {
        if (!_commands.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(sql.Chars, out var command))
        {
            if (_commands.Count == CommandsMax) Clear();
            command = Create(sql);
            if (keepsCommands) _commands.Add(command.CommandText, command);
        }

        command.Transaction = transaction;
        var parameters = command.Parameters;
        for (var i = 0; i < sql.Values.Count; i++) parameters[i].Value = sql.Values[i] ?? DBNull.Value;
        return command;
    }

    /// <summary>Runs a statement without parameters or rows, such as <c>COMMIT</c>.</summary>
    public void Execute(string statement) => Command(Sql.Text(statement), transaction: null).ExecuteNonQuery();

    public async ValueTask DisposeAsync()
    {
        Clear();
        await connection.DisposeAsync();
    }

    DbCommand Create(Sql sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // the text comes from Sql, whose holes are parameters
        command.CommandText = sql.ToString();
#pragma warning restore CA2100
        for (var i = 0; i < sql.Values.Count; i++)
        {
            var parameter = command.CreateParameter();
            // As it stands in the text: SQLite looks for any other name four times over.
            parameter.ParameterName = Sql.NameOf(i);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    void Clear()
    {
        foreach (var command in _commands.Values) command.Dispose();
        _commands.Clear();
    }
}
