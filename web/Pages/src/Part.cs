using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Souk.Pages;

/// <summary>One part of a page: its value, or the knowledge that it could not be had in time.</summary>
public readonly struct Part<T>
{
    readonly T? _value;

    internal Part(T value)
    {
        _value = value;
        IsOk = true;
    }

    /// <summary>False: unavailable, as <c>default</c> is.</summary>
    public bool IsOk { get; }

    /// <summary>The value, where there is one.</summary>
    public bool Has([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return IsOk;
    }

    public T Or(T fallback) => IsOk ? _value! : fallback;
}

/// <summary>Makes parts that are there.</summary>
public static class Part
{
    public static Part<T> Ok<T>(T value) => new(value);
}

/// <summary>Fetches parts: what fails or is late becomes an unavailable part, never an error of the page.</summary>
public sealed class Parts(TimeProvider clock, ILogger<Parts> log)
{
    /// <summary>Asks for a part within its budget; the service is told how long it has.</summary>
    public async Task<Part<T>> FetchAsync<T>(
        string name, TimeSpan budget, Func<CancellationToken, Task<T>> fetch, CancellationToken cancellation = default)
    {
        using var timer = new CancellationTokenSource(budget, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        if (Deadline.Current is not { } deadline || deadline.Left > budget) Deadline.Start(budget, clock);
        try
        {
            return Part.Ok(await fetch(either.Token).WaitAsync(either.Token));
        }
        catch (Exception error) when (IsFault(error))
        {
            Activity.Current?.AddEvent(new ActivityEvent("part unavailable", tags: new() { ["souk.part"] = name }));
            if (!cancellation.IsCancellationRequested)
            {
                log.LogWarning("Without {Part}: {Reason}", name, timer.IsCancellationRequested ? "not in time" : error.Message);
            }
            return default;
        }
    }

    /// <summary>What a service can do to us; everything else is a bug of our own and stays one.</summary>
    static bool IsFault(Exception error) => error is HttpRequestException or OperationCanceledException or JsonException
        or BrokenCircuitException or TimeoutRejectedException or DeadlineExceededException or IOException;
}
