using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;

namespace Souk.Platform.Calls;

/// <summary>
/// How long a request may still take. The gateway sets it; every hop passes on what is left, in milliseconds, in the
/// header <c>Souk-Deadline</c> (a length, not a point in time, so clocks need not agree), and starts no work that
/// cannot finish.
/// </summary>
public sealed class Deadline
{
    /// <summary>The header: whole milliseconds that are left.</summary>
    public const string Header = "Souk-Deadline";

    static readonly AsyncLocal<Deadline?> Ambient = new();

    readonly TimeProvider _clock;
    readonly long _started;
    readonly TimeSpan _length;

    Deadline(TimeSpan length, TimeProvider clock)
    {
        _clock = clock;
        _started = clock.GetTimestamp();
        _length = length;
    }

    /// <summary>The deadline of the request being served; null where there is none, as in a pump.</summary>
    public static Deadline? Current => Ambient.Value;

    /// <summary>What is left; never below zero.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = _length - _clock.GetElapsedTime(_started);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Starts a deadline for everything the caller does from here on, in this flow.</summary>
    /// <param name="length">How long it may take.</param>
    /// <param name="clock">The clock that counts.</param>
    public static Deadline Start(TimeSpan length, TimeProvider clock) => Ambient.Value = new Deadline(length, clock);

    /// <summary>What is left, as the header says it.</summary>
    public string ToHeader() => ((long)Left.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads the caller's deadline and gives up with it. Without a header the request has <paramref name="standard"/>.
    /// </summary>
    internal static void Use(IApplicationBuilder app, TimeProvider clock, TimeSpan? standard) => app.Use(async (context, next) =>
    {
        var length = standard;
        if (long.TryParse(context.Request.Headers[Header], NumberStyles.None, CultureInfo.InvariantCulture, out var left))
        {
            length = TimeSpan.FromMilliseconds(Math.Min(left, 3_600_000));
        }
        if (length is null)
        {
            await next(context);
            return;
        }

        if (Activity.Current is { IsAllDataRequested: true } span) span.SetTag("souk.deadline_left_ms", (long)length.Value.TotalMilliseconds);
        if (length <= TimeSpan.Zero) throw new DeadlineExceededException();
        Start(length.Value, clock);
        // One source for both ends of a request: its time is up, or its client has gone.
        using var either = new CancellationTokenSource(length.Value, clock);
        await using var gone = context.RequestAborted.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(), either);
        context.RequestAborted = either.Token;
        await next(context);
    });
}

/// <summary>There is no time left for the work: a fault, answered 503.</summary>
public sealed class DeadlineExceededException() : Exception("There is no time left to finish the request.");
