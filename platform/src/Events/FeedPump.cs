using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Events;

/// <summary>
/// Reads one producer's feed and applies it: exactly-once effects, in order, by moving the cursor in the
/// transaction of the effect. An event that fails is put aside and tried <see cref="AttemptsMax"/> times with
/// backoff, then parked; its aggregate waits behind it, the others go on.
/// </summary>
sealed class FeedPump : IPump
{
    /// <summary>Attempts before an event is parked for an operator.</summary>
    public const int AttemptsMax = 5;

    const int BatchMax = 500;
    static readonly TimeSpan LongPollLength = TimeSpan.FromSeconds(20);
    static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(15);
    static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(200);

    readonly Subscription _subscription;
    readonly Database _database;
    readonly HttpClient _http;
    readonly TimeProvider _clock;
    readonly ILogger _logger;
    readonly string _instance;
    CursorLease? _lease;
    // What waits is this pump's own doing while it holds the lease: looked up after each change and each renewal.
    bool _isDueKnown;
    DateTimeOffset? _nextDue;
    bool _isAnyWaiting;
    bool _isBehind;

    public FeedPump(Subscription subscription, Database database, HttpClient http, TimeProvider clock, string instance,
        ILogger<FeedPump> logger)
    {
        _subscription = subscription;
        _database = database;
        _http = http;
        _clock = clock;
        _logger = logger;
        _instance = instance;
    }

    public string Name => "feed of " + _subscription.Producer;

    public TimeSpan Idle => TimeSpan.FromMilliseconds(100);

    // What a busy producer adds meanwhile is read together, and applied in one commit.
    public TimeSpan Rest => _isBehind ? TimeSpan.Zero : TimeSpan.FromMilliseconds(50);

    /// <summary>Where the reader stands, for whoever asks how far behind it is.</summary>
    public FeedStatus Status { get; private set; } = new(0, null);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        if (await HoldLeaseAsync(cancellation) is not { } lease) return false;
        try
        {
            if (await NextDueAsync(cancellation) <= _clock.GetUtcNow() && await RetryOneAsync(lease, cancellation)) return true;

            var events = await FetchAsync(lease.Position, Patience(lease), cancellation);
            _isBehind = events.Count == BatchMax;
            if (events.Count == 0)
            {
                Status = new FeedStatus(lease.Position, _clock.GetUtcNow());
                return false;
            }
            await ApplyAsync(lease, events, cancellation);
            return true;
        }
        catch (LeaseLostException)
        {
            _lease = null;
            return false;
        }
    }

    async Task<CursorLease?> HoldLeaseAsync(CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        // Renewed at half its length: a read without news costs no write.
        if (_lease is { } lease && lease.Until - now > LeaseLength / 2) return lease;
        _isDueKnown = false;
        _lease = await _database.WriteAsync(tx => _lease is null
            ? Cursor.TakeAsync(tx, _subscription.Producer, _instance, now, LeaseLength)
            : Cursor.RenewAsync(tx, _subscription.Producer, _lease, now, LeaseLength), cancellation);
        return _lease;
    }

    async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellation)
    {
        if (_isDueKnown) return _nextDue;
        (_nextDue, _isAnyWaiting) = await _database.ReadAsync(async session => (
            await Cursor.NextDueAsync(session, _subscription.Producer, AttemptsMax),
            (await Cursor.WaitingSubjectsAsync(session, _subscription.Producer)).Count > 0), cancellation);
        _isDueKnown = true;
        return _nextDue;
    }

    /// <summary>How long the next read may wait: not past the lease, nor past the next retry.</summary>
    TimeSpan Patience(CursorLease lease)
    {
        var now = _clock.GetUtcNow();
        var patience = TimeSpan.FromSeconds(Math.Min(LongPollLength.TotalSeconds, (lease.Until - now).TotalSeconds / 2));
        return _nextDue is { } due && due - now < patience ? due - now : patience;
    }

    async Task<List<(EventEnvelope Event, string Json)>> FetchAsync(
        long after, TimeSpan patience, CancellationToken cancellation)
    {
        var seconds = (int)Math.Max(0, patience.TotalSeconds);
        var address = string.Create(CultureInfo.InvariantCulture,
            $"/internal/events?after={after}&wait={seconds}&limit={BatchMax}");
        using var response = await _http.GetAsync(address, cancellation);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
        var events = new List<(EventEnvelope, string)>(json.RootElement.GetArrayLength());
        foreach (var element in json.RootElement.EnumerateArray())
        {
            events.Add((CloudEvents.Read(element), element.GetRawText()));
        }
        return events;
    }

    async Task ApplyAsync(CursorLease lease, List<(EventEnvelope Event, string Json)> events, CancellationToken cancellation)
    {
        try
        {
            // The fast way: one commit for the whole batch.
            await _database.WriteAsync(async tx =>
            {
                var waiting = await WaitingAsync(tx);
                foreach (var (e, json) in events) await ApplyOneAsync(tx, e, json, waiting);
                await Cursor.MoveAsync(tx, _subscription.Producer, lease.Fence, events[^1].Event.Position);
            }, cancellation);
            Moved(lease, events[^1].Event);
        }
        catch (Exception error) when (error is not (LeaseLostException or OperationCanceledException))
        {
            // One of them is poison: each by itself, and the failing one aside.
            foreach (var (e, json) in events)
            {
                try
                {
                    await _database.WriteAsync(async tx =>
                    {
                        var waiting = await WaitingAsync(tx);
                        await ApplyOneAsync(tx, e, json, waiting);
                        await Cursor.MoveAsync(tx, _subscription.Producer, lease.Fence, e.Position);
                    }, cancellation);
                }
                catch (Exception poison) when (poison is not (LeaseLostException or OperationCanceledException))
                {
                    _isDueKnown = false;
                    _logger.LogWarning("Event {Type} {Id} of {Producer} failed and was put aside: {Error}",
                        e.Type, e.Id, _subscription.Producer, poison.Message);
                    await _database.WriteAsync(async tx =>
                    {
                        await Cursor.PutAsideAsync(tx, _subscription.Producer, e, json, attempts: 1,
                            _clock.GetUtcNow() + FirstBackoff, poison.Message);
                        await Cursor.MoveAsync(tx, _subscription.Producer, lease.Fence, e.Position);
                    }, cancellation);
                }
                Moved(lease, e);
            }
        }
    }

    /// <summary>The aggregates behind whose events others wait; mostly there are none, and nobody asks.</summary>
    Task<HashSet<string>> WaitingAsync(Transaction tx) => _isDueKnown && !_isAnyWaiting
        ? Task.FromResult<HashSet<string>>([])
        : Cursor.WaitingSubjectsAsync(tx, _subscription.Producer);

    void Moved(CursorLease lease, EventEnvelope last)
    {
        _lease = lease with { Position = last.Position };
        Status = new FeedStatus(last.Position, last.Time);
    }

    async Task ApplyOneAsync(Transaction tx, EventEnvelope e, string json, HashSet<string> waiting)
    {
        if (waiting.Contains(e.Subject))
        {
            _isDueKnown = false;
            await Cursor.PutAsideAsync(tx, _subscription.Producer, e, json, attempts: 0, DateTimeOffset.UnixEpoch, error: null);
            return;
        }
        // The story goes on in the trace in which the event was caused.
        using var span = SoukActivity.Source.StartActivity("apply " + e.Type, ActivityKind.Consumer, e.TraceParent);
        span?.SetTag("messaging.system", "souk.feed");
        span?.SetTag("souk.event.id", e.Id);
        await _subscription.ApplyAsync(tx, e);
    }

    /// <summary>Tries one event that was put aside and is due. True if there was one.</summary>
    async Task<bool> RetryOneAsync(CursorLease lease, CancellationToken cancellation)
    {
        var producer = _subscription.Producer;
        var now = _clock.GetUtcNow();
        _isDueKnown = false;
        var due = await _database.ReadAsync(s => Cursor.DueAsync(s, producer, now, AttemptsMax), cancellation);
        if (due is null) return false;

        using var json = JsonDocument.Parse(due.Json);
        var e = CloudEvents.Read(json.RootElement);
        try
        {
            await _database.WriteAsync(async tx =>
            {
                await _subscription.ApplyAsync(tx, e);
                await Cursor.RemoveAsync(tx, producer, lease.Fence, due.Position);
            }, cancellation);
        }
        catch (Exception error) when (error is not (LeaseLostException or OperationCanceledException))
        {
            var attempts = due.Attempts + 1;
            if (attempts == AttemptsMax)
            {
                _logger.LogError("Event {Type} {Id} of {Producer} is parked after {Attempts} attempts: {Error}",
                    e.Type, e.Id, producer, attempts, error.Message);
            }
            await _database.WriteAsync(tx => Cursor.FailedAsync(tx, producer, lease.Fence, due.Position, attempts,
                now + FirstBackoff * Math.Pow(4, due.Attempts), error.Message), cancellation);
        }
        return true;
    }
}

/// <summary>How far a consumer has come.</summary>
/// <param name="Position">The last event applied or put aside.</param>
/// <param name="UpTo">Everything that happened before this moment has been read; null before the first read.</param>
sealed record FeedStatus(long Position, DateTimeOffset? UpTo);
