namespace Souk.Auditing.Tests;

/// <summary>A clock that stands still, and whose waits are over at once, after what a test wants to happen meanwhile.</summary>
sealed class StillClock(DateTimeOffset now, Func<Task>? meanwhile = null) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(_ =>
        {
            meanwhile?.Invoke().GetAwaiter().GetResult();
            callback(state);
        }, state, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
}

static class AuditOfTests
{
    public static Task<AuditReport> AuditAsync(this StoreUnderAudit store, IReadOnlyList<ClientAnswer>? record = null,
        Func<Task>? meanwhile = null, TimeSpan wait = default) => Audit.RunAsync(store.Databases, new AuditOptions
        {
            Clock = new StillClock(History.Now, meanwhile),
            Record = record,
            WaitQuiet = wait,
            Looks = 2,
        });
}
