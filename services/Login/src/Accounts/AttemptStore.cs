namespace Souk.Login.Accounts;

/// <summary>The counters of tries, shared by all replicas.</summary>
public sealed class AttemptStore(Database database, TimeProvider clock)
{
    /// <summary>A budget is full again so long after its first try.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public Task<TimeSpan?> TakeAsync(IReadOnlyList<Budget> budgets, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(async tx =>
        {
            TimeSpan? wait = null;
            foreach (var budget in budgets)
            {
                var (count, until) = await tx.FirstAsync(
                    $"""
                    INSERT INTO attempt (key, count, until) VALUES ({budget.Key}, 1, {now + Window})
                    ON CONFLICT (key) DO UPDATE SET
                        count = CASE WHEN attempt.until <= {now} THEN 1 ELSE attempt.count + 1 END,
                        until = CASE WHEN attempt.until <= {now} THEN {now + Window} ELSE attempt.until END
                    RETURNING count, until
                    """, row => (row.Long(0), row.Time(1)), cancellation);
                if (count <= budget.Max) continue;
                var left = until - now;
                if (wait is null || left > wait) wait = left;
            }
            return wait;
        }, cancellation);
    }

    public Task GiveBackAsync(IReadOnlyList<Budget> budgets, CancellationToken cancellation) => database.WriteAsync(async tx =>
    {
        // The first is the account's or the browser's own: a right password starts it anew. The others are shared.
        foreach (var budget in budgets.Skip(1))
        {
            await tx.ExecuteAsync($"UPDATE attempt SET count = count - 1 WHERE key = {budget.Key} AND count > 0", cancellation);
        }
        await tx.ExecuteAsync($"DELETE FROM attempt WHERE key = {budgets[0].Key}", cancellation);
    }, cancellation);

    public Task<int> ForgetAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(tx => tx.ExecuteAsync($"DELETE FROM attempt WHERE until <= {now}", cancellation), cancellation);
    }
}
