using Npgsql;

namespace Souk.Platform.Data;

/// <summary>PostgreSQL: pooled connections with statements prepared on the server, read committed.</summary>
sealed class PostgresDatabase : Database
{
    const int AttemptsMax = 3;

    readonly NpgsqlDataSource _source;

    public PostgresDatabase(string connectionString, TimeProvider clock, Action<DatabaseMoment>? watch) : base(Engine.Postgres, clock, watch)
    {
        // Nothing here changes a session, and locks end with their transaction: a connection needs no cleaning between two uses.
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true };
        if (builder.MaxAutoPrepare == 0) builder.MaxAutoPrepare = 100;
        // Slim: no reflection, so that the service can be compiled ahead of time.
        _source = new NpgsqlSlimDataSourceBuilder(builder.ToString()).Build();
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    private protected override async Task<T> RunReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        return await work(new Session(connection, Engine, transaction: null));
    }

    private protected override async Task<T> RunWriteAsync<T>(
        Func<Transaction, Task<T>> work, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AttemptAsync(work, cancellation);
            }
            catch (PostgresException conflict) when (attempt < AttemptsMax && conflict.SqlState is
                PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
            {
                // Rolled back whole: running the work again is safe, and one of the two rivals has finished.
            }
        }
    }

    async Task<T> AttemptAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var tx = new Transaction(connection, Engine, transaction);
        var result = await WorkAsync(work, tx);
        // From here on a cancellation could leave the outcome unknown: the commit is always waited for.
        await transaction.CommitAsync(CancellationToken.None);
        if (tx.Published.Count > 0) Appended.Set();
        return result;
    }
}
