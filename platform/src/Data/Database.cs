using System.Data.Common;
using System.Diagnostics;
using Souk.Platform.Events;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Data;

/// <summary>
/// A service's own database behind one transaction shape. The connection string alone decides the engine:
/// <c>Data Source=…</c> is SQLite, <c>Host=…</c> is PostgreSQL.
/// </summary>
/// <remarks>
/// The work of a transaction may wait for its database and for nothing else. A call to another service inside it
/// is refused with <see cref="InvalidOperationException"/>, so that no lock is ever held while one is under way.
/// </remarks>
public abstract class Database : IAsyncDisposable
{
    static readonly AsyncLocal<bool> Inside = new();

    readonly Action<DatabaseMoment>? _watch;

    private protected Database(Engine engine, TimeProvider clock, Action<DatabaseMoment>? watch)
    {
        Engine = engine;
        Clock = clock;
        Appended = new Signal(clock);
        _watch = watch;
    }

    /// <summary>The engine behind the connection string.</summary>
    public Engine Engine { get; }

    /// <summary>Whether the caller runs inside a transaction, where nothing else may be waited for.</summary>
    public static bool InTransaction => Inside.Value;

    /// <summary>Set at each commit that published an event; the feed's long poll waits on it.</summary>
    internal Signal Appended { get; }

    private protected TimeProvider Clock { get; }

    /// <summary>Opens the engine that a connection string names; nothing is touched until the first use.</summary>
    /// <param name="connectionString"><c>Data Source=/data/cart.db</c> or <c>Host=…;Database=…;Username=…</c>.</param>
    /// <param name="clock">The time of published events.</param>
    /// <param name="watch">Told of each transaction's moments; what it throws there is the transaction's failure. Default: nobody.</param>
    /// <exception cref="ArgumentException">The text is neither.</exception>
    public static Database Open(string connectionString, TimeProvider clock, Action<DatabaseMoment>? watch = null) =>
        connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            ? new PostgresDatabase(connectionString, clock, watch)
            : connectionString.Contains("Data Source=", StringComparison.OrdinalIgnoreCase)
                ? new SqliteDatabase(connectionString, clock, watch)
                : throw new ArgumentException(
                    "A connection string has 'Data Source=FILE' (SQLite) or 'Host=NAME' (PostgreSQL).",
                    nameof(connectionString));

    /// <summary>Runs a read on one consistent connection.</summary>
    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default)
    {
        using var span = SoukActivity.Source.StartActivity("database read", ActivityKind.Client);
        _watch?.Invoke(DatabaseMoment.Opening);
        return await RunReadAsync(work, cancellation);
    }

    /// <summary>
    /// Runs a write in one transaction, commits it, and returns what the work returned. An exception rolls all of
    /// it back. The work may run again after a serialisation conflict, so it must have no effect but on its session.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation = default)
    {
        if (InTransaction) throw new InvalidOperationException("A transaction does not open another one.");
        using var span = SoukActivity.Source.StartActivity("database write", ActivityKind.Client);
        _watch?.Invoke(DatabaseMoment.Opening);
        var result = await RunWriteAsync(work, cancellation);
        _watch?.Invoke(DatabaseMoment.Committed);
        return result;
    }

    /// <summary>The same, for work without a result.</summary>
    public Task WriteAsync(Func<Transaction, Task> work, CancellationToken cancellation = default) =>
        WriteAsync<bool>(async tx => { await work(tx); return true; }, cancellation);

    /// <summary>
    /// Runs a write inside a transaction that another library has begun on this database, an object mapper's for example, so
    /// that its changes and these, published events included, are one. Whoever began it commits it, and then calls
    /// <see cref="Announce"/>.
    /// </summary>
    /// <param name="transaction">Open, on a connection of this engine.</param>
    /// <param name="work">Its events are added to the outbox after it.</param>
    public Task<T> JoinAsync<T>(DbTransaction transaction, Func<Transaction, Task<T>> work)
    {
        if (InTransaction) throw new InvalidOperationException("A transaction does not open another one.");
        var connection = transaction.Connection ?? throw new ArgumentException("The transaction has ended.", nameof(transaction));
        // The connection stays its owner's: nothing of it is kept or closed here.
        return WorkAsync(work, new Transaction(connection, Engine, transaction));
    }

    /// <summary>Wakes the feed's readers after the commit of a transaction that was joined.</summary>
    public void Announce() => Appended.Set();

    /// <summary>Whether the database answers; for readiness.</summary>
    public async Task<bool> IsReachableAsync(CancellationToken cancellation) =>
        await ReadAsync(session => session.LongAsync($"SELECT CAST(1 AS BIGINT)", cancellation), cancellation) == 1;

    /// <summary>Closes every connection.</summary>
    public abstract ValueTask DisposeAsync();

    private protected abstract Task<T> RunReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation);

    private protected abstract Task<T> RunWriteAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation);

    /// <summary>Runs the work with <see cref="InTransaction"/> set, then adds its events to the outbox.</summary>
    private protected async Task<T> WorkAsync<T>(Func<Transaction, Task<T>> work, Transaction tx)
    {
        Inside.Value = true;
        try
        {
            var result = await work(tx);
            if (tx.Published.Count > 0) await Outbox.AppendAsync(tx, Clock.GetUtcNow());
            _watch?.Invoke(DatabaseMoment.Committing);
            return result;
        }
        finally
        {
            Inside.Value = false;
        }
    }
}

/// <summary>What a watch on a database is told of: where a simulation ends a process.</summary>
public enum DatabaseMoment
{
    /// <summary>A read or a write is about to begin.</summary>
    Opening,

    /// <summary>A write is done and about to be committed.</summary>
    Committing,

    /// <summary>A write has been committed, and nobody has been told.</summary>
    Committed,
}
