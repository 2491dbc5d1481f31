using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Sandbox;

/// <summary>
/// Tells the shop what happened, at least once: a webhook is a row of the transaction that it tells of, and is sent until
/// the shop has answered 2xx, for a day.
/// </summary>
sealed class DeliverWebhooks(SandboxStore store, WebhookSender sender, SwitchBoard board, TimeProvider clock, IIdSource ids) : IPump
{
    const int Batch = 64;

    public string Name => "webhooks";

    public TimeSpan Idle => TimeSpan.FromMilliseconds(200);

    // Those of a busy shop go together, with one read and one commit.
    public TimeSpan Rest => TimeSpan.FromMilliseconds(100);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        if ((await board.NowAsync(cancellation)).IsDown) return false;
        var due = await store.DueWebhooksAsync(clock.GetUtcNow(), Batch, cancellation);
        if (due.Count == 0) return false;
        // Those of one authorisation in their order, those of several side by side.
        var sent = await Task.WhenAll(due.GroupBy(webhook => webhook.AuthorizationId).Select(group => SendAsync([.. group], cancellation)));
        await store.NoteWebhooksAsync(sent.SelectMany(webhooks => webhooks));
        return true;
    }

    async Task<List<Webhook>> SendAsync(List<Webhook> webhooks, CancellationToken cancellation)
    {
        for (var i = 0; i < webhooks.Count; i++)
        {
            var isTaken = await sender.SendAsync(webhooks[i], cancellation);
            webhooks[i] = isTaken ? webhooks[i].Taken() : webhooks[i].Failed(clock.GetUtcNow(), ids.NextDouble());
        }
        return webhooks;
    }
}

/// <summary>A webhook and how its sending goes.</summary>
sealed record Webhook(
    string Id, string AuthorizationId, string Type, string Body, string State, int Copies, int Attempts,
    DateTimeOffset NextAttemptAt, DateTimeOffset CreatedAt)
{
    public const string Due = "due";
    public const string Lost = "lost";
    const string Delivered = "delivered";
    const string GivenUp = "given_up";

    /// <summary>The longest that a reordered one is held back.</summary>
    public static readonly TimeSpan HeldBack = TimeSpan.FromSeconds(3);

    static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(30);
    static readonly TimeSpan TriedFor = TimeSpan.FromDays(1);

    /// <summary>The shop has it; one that is to be sent twice is due once more.</summary>
    public Webhook Taken() => this with { State = Copies > 1 ? Due : Delivered, Copies = Copies - 1, Attempts = Attempts + 1 };

    /// <summary>The shop has not taken it: again after 1, 2, 4 … 30 s, less up to a quarter so that many do not come at once.</summary>
    public Webhook Failed(DateTimeOffset now, double jitter)
    {
        if (now - CreatedAt >= TriedFor) return this with { State = GivenUp, Attempts = Attempts + 1 };
        var backoff = TimeSpan.FromSeconds(1 << Math.Min(Attempts, 5));
        if (backoff > BackoffMax) backoff = BackoffMax;
        return this with { Attempts = Attempts + 1, NextAttemptAt = now + backoff * (1 - jitter / 4) };
    }
}

/// <summary>What the shop is told: what happened, and the authorisation as it was then.</summary>
sealed record WebhookView(string Id, string Type, DateTimeOffset CreatedAt, AuthorizationView Data);

/// <summary>Sends one webhook, signed at that moment.</summary>
sealed class WebhookSender : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    readonly HttpClient _http;
    readonly ProviderSettings _settings;
    readonly TimeProvider _clock;

    /// <param name="settings">Where to, and the secret.</param>
    /// <param name="network">What carries a call to a host, in tests and the simulation; null: sockets.</param>
    /// <param name="clock">The time in the signature.</param>
    public WebhookSender(ProviderSettings settings, Func<string, HttpMessageHandler>? network, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _http = new HttpClient(network?.Invoke(settings.Webhooks.Host) ?? new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            UseCookies = false,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Whether the shop has taken it.</summary>
    public async Task<bool> SendAsync(Webhook webhook, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _settings.Webhooks) { Content = new StringContent(webhook.Body, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Add("Sandbox-Signature", Sign(webhook.Body, _settings.WebhookSecret, _clock.GetUtcNow()));
        using var limit = new CancellationTokenSource(Limit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException || error is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The time and, over it and the body's bytes, an HMAC: what is altered or old is not ours.</summary>
    public static string Sign(string body, byte[] secret, DateTimeOffset now)
    {
        var time = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{time}.{body}")))}";
    }

    public void Dispose() => _http.Dispose();
}
