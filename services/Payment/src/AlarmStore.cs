namespace Souk.Payment;

/// <summary>The table of alarms; each is raised once.</summary>
sealed class AlarmStore(Database database)
{
    /// <returns>False when it had been raised before.</returns>
    public async Task<bool> AddAsync(AlarmView alarm) => await database.WriteAsync(tx => tx.ExecuteAsync($"""
        INSERT INTO alarm (key, code, detail, raised_at) VALUES ({alarm.Key}, {alarm.Code}, {alarm.Detail}, {alarm.RaisedAt})
        ON CONFLICT (key, code) DO NOTHING
        """)) == 1;

    public Task<List<AlarmView>> NewestAsync(int max, CancellationToken cancellation) => database.ReadAsync(session => session.QueryAsync(
        $"SELECT key, code, detail, raised_at FROM alarm ORDER BY raised_at DESC, key LIMIT {max}",
        row => new AlarmView(row.Text(0), row.Text(1), row.Text(2), row.Time(3)), cancellation), cancellation);
}
