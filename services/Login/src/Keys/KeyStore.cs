namespace Souk.Login.Keys;

/// <summary>A key as it is kept: its private part is encrypted.</summary>
sealed record StoredKey(string Id, string Purpose, string PrivateKey, DateTimeOffset CreatedAt, DateTimeOffset ActiveFrom, DateTimeOffset NeededUntil);

/// <summary>Login's keys, shared by its replicas.</summary>
sealed class KeyStore(Database database)
{
    public Task<List<StoredKey>> AllAsync(CancellationToken cancellation) => database.ReadAsync(AllAsync, cancellation);

    /// <summary>
    /// Changes the keys while no other replica does: what <paramref name="next"/> makes of the present ones is added, what has
    /// served its time goes.
    /// </summary>
    public Task<List<StoredKey>> ChangeAsync(
        Func<IReadOnlyList<StoredKey>, IReadOnlyList<StoredKey>> next, DateTimeOffset now, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            // The row is the lock; a position that nothing stands behind tells the readers that the keys are others.
            await TrustStore.MoveAsync(tx);
            var present = await AllAsync(tx);
            foreach (var key in next(present))
            {
                await tx.ExecuteAsync($"""
                    INSERT INTO signing_key (id, purpose, private_key, created_at, active_from, needed_until)
                    VALUES ({key.Id}, {key.Purpose}, {key.PrivateKey}, {key.CreatedAt}, {key.ActiveFrom}, {key.NeededUntil})
                    """, cancellation);
            }
            await tx.ExecuteAsync($"DELETE FROM signing_key WHERE needed_until <= {now}", cancellation);
            return await AllAsync(tx);
        }, cancellation);

    /// <summary>A token that this key has signed lives so long: the key stays published until then.</summary>
    public static Task NeedUntilAsync(Transaction tx, string id, DateTimeOffset until) => tx.ExecuteAsync(
        $"UPDATE signing_key SET needed_until = {until} WHERE id = {id} AND needed_until < {until}");

    static Task<List<StoredKey>> AllAsync(Session session) => session.QueryAsync(
        $"SELECT id, purpose, private_key, created_at, active_from, needed_until FROM signing_key ORDER BY created_at, id",
        row => new StoredKey(row.Text(0), row.Text(1), row.Text(2), row.Time(3), row.Time(4), row.Time(5)));
}
