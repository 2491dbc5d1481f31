namespace Souk.Platform.Data;

/// <summary>
/// The one writer of a SQLite file, with group commit: writes that arrive while another commit is on its way to
/// the disk share the next one, each of several in a savepoint of its own, so that one failing leaves the others whole.
/// </summary>
/// <remarks>
/// No thread of its own and no lock that waits: the caller that finds the lane free runs the batch, its own work
/// first; what has gathered meanwhile goes to a pool thread. A lone caller, as in the simulation, never leaves its
/// thread. A result is handed out only after the commit.
/// </remarks>
sealed class WriteLane(Func<CachedConnection> connect) : IDisposable
{
    const int BatchMax = 64;

    readonly Lock _gate = new();
    readonly Queue<Write> _waiting = new();
    bool _busy;
    CachedConnection? _connection;

    public Task<T> RunAsync<T>(Func<CachedConnection, (T Result, Signal? Signal)> work)
    {
        var write = new Write<T>(work);
        lock (_gate)
        {
            _waiting.Enqueue(write);
            if (_busy) return write.Task;
            _busy = true;
        }
        RunBatch();
        return write.Task;
    }

    public void Dispose() => _connection?.Dispose();

    void RunBatch()
    {
        var batch = new List<Write>();
        lock (_gate)
        {
            while (batch.Count < BatchMax && _waiting.TryDequeue(out var write)) batch.Add(write);
        }

        Commit(batch);

        bool isMore;
        lock (_gate)
        {
            isMore = _busy = _waiting.Count > 0;
        }
        if (isMore) ThreadPool.UnsafeQueueUserWorkItem(static lane => lane.RunBatch(), this, preferLocal: false);
        // Only now: whoever is woken finds the lane free, and the next batch does not wait for them.
        foreach (var write in batch) write.Complete();
    }

    void Commit(List<Write> batch)
    {
        try
        {
            _connection ??= connect();
            _connection.Execute("BEGIN IMMEDIATE");
            // One by itself is undone with the transaction.
            if (batch.Count == 1) batch[0].Run(_connection);
            else foreach (var write in batch) RunBesideOthers(write, _connection);
            _connection.Execute(batch.Exists(write => write.Error is null) ? "COMMIT" : "ROLLBACK");
        }
        catch (Exception error)
        {
            // The whole batch is undone: nobody may be told of a success.
            foreach (var write in batch) write.Error ??= error;
            // How the connection stands is not known: closed, it undoes what it had begun.
            _connection?.Dispose();
            _connection = null;
        }
    }

    static void RunBesideOthers(Write write, CachedConnection connection)
    {
        connection.Execute("SAVEPOINT w");
        write.Run(connection);
        if (write.Error is not null) connection.Execute("ROLLBACK TO w");
        connection.Execute("RELEASE w");
    }

    abstract class Write
    {
        public Exception? Error { get; set; }

        public abstract void Run(CachedConnection connection);

        public abstract void Complete();
    }

    sealed class Write<T>(Func<CachedConnection, (T, Signal?)> work) : Write
    {
        readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        (T Value, Signal? Signal) _result;

        public Task<T> Task => _completion.Task;

        public override void Run(CachedConnection connection)
        {
            try
            {
                _result = work(connection);
            }
            catch (Exception error)
            {
                Error = error;
            }
        }

        public override void Complete()
        {
            if (Error is not null)
            {
                _completion.SetException(Error);
                return;
            }
            _completion.SetResult(_result.Value);
            _result.Signal?.Set();
        }
    }
}
