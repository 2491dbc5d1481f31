namespace Souk.Payment;

/// <summary>Calls a person: a line in the log that monitoring looks for, and a row for the console. Once for each key and code.</summary>
sealed class Alarms(AlarmStore store, TimeProvider clock, ILogger<Alarms> logger)
{
    public async Task RaiseAsync(string key, string code, string detail)
    {
        if (!await store.AddAsync(new AlarmView(key, code, detail, clock.GetUtcNow()))) return;
        logger.LogCritical("ALARM {Code} at {Key}: {Detail}", code, key, detail);
    }
}

/// <summary>What must not be.</summary>
/// <param name="Key">The operation or event it is about.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Detail">For people.</param>
/// <param name="RaisedAt">When it was seen first.</param>
sealed record AlarmView(string Key, string Code, string Detail, DateTimeOffset RaisedAt);
