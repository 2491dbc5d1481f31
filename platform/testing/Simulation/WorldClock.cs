using Souk.Platform;

namespace Souk.Testing.Simulation;

/// <summary>The world's time as one process sees it: its timers end with it, and its time of day may be wrong.</summary>
/// <param name="world">The world.</param>
/// <param name="offset">By how much the time of day is wrong.</param>
/// <param name="isOver">Whether the process has ended.</param>
public sealed class WorldClock(World world, TimeSpan offset, Func<bool> isOver) : TimeProvider, IOneThread
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        world.OnThread();
        return world.Now + offset;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => world.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class Timer(WorldClock clock, TimerCallback callback, object? state) : ITimer
    {
        int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            clock.World.After(dueTime, () =>
            {
                if (setting != _setting || clock.IsOver()) return;
                if (period > TimeSpan.Zero) Change(period, period);
                callback(state);
            });
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            _setting++;
            return default;
        }
    }

    World World => world;

    Func<bool> IsOver => isOver;
}
