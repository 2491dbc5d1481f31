using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Souk.Platform.Hosting;

namespace Souk.Platform.Security;

/// <summary>
/// Asks Login what is new about users' tokens, in a long poll: a revocation is here well below a second after it. While
/// Login is down it asks once a second, says so once, and what is known goes on to be true.
/// </summary>
sealed class TrustPump(UserTokens tokens, TrustFile file, HttpClient http, TimeProvider clock, ILogger<TrustPump> logger) : IPump
{
    /// <summary>The client's name.</summary>
    public const string Client = "login-trust";

    const int WaitSeconds = 20;

    bool _isDown;

    public string Name => "trust of login";

    public TimeSpan Idle => _isDown ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(100);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var known = tokens.Trust;
        try
        {
            var news = await AskAsync(known?.Content.Position ?? 0, known is null ? 0 : WaitSeconds, cancellation);
            if (_isDown) logger.LogInformation("Login answers again");
            _isDown = false;

            // A Login that counts from the beginning again, as after a restored backup: what is known of it is void.
            if (known is not null && news.Position < known.Content.Position)
            {
                news = await AskAsync(0, wait: 0, cancellation);
                known = null;
            }
            if (known is not null && news.Position == known.Content.Position && known.HasSameKeys(news)) return false;

            var trust = known?.With(news, clock.GetUtcNow()) ?? new Trust(news);
            tokens.Trust = trust;
            file.Write(trust.Content);
            return true;
        }
        catch (Exception error) when (IsDown(error, cancellation))
        {
            if (!_isDown)
            {
                logger.LogWarning("Login does not answer ({Error}); users' tokens are judged by {Known}", error.Message,
                    known is null ? "nothing: none is accepted" : "what it said last");
            }
            _isDown = true;
            return false;
        }
    }

    static bool IsDown(Exception error, CancellationToken cancellation) =>
        error is HttpRequestException or BrokenCircuitException or TimeoutRejectedException or JsonException
        || error is OperationCanceledException && !cancellation.IsCancellationRequested;

    async Task<TrustNews> AskAsync(long after, int wait, CancellationToken cancellation)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"/internal/trust?after={after}&wait={wait}");
        using var response = await http.GetAsync(address, cancellation);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        return await JsonSerializer.DeserializeAsync(body, TrustJson.Default.TrustNews, cancellation)
            ?? throw new JsonException("Login said nothing.");
    }
}
