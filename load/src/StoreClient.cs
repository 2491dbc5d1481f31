using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Souk.Load;

/// <summary>A request of a shopper.</summary>
/// <param name="Action">What it is counted as.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Below the store's address, or a whole address.</param>
/// <param name="Body">JSON, or null.</param>
/// <param name="Key">The Idempotency-Key, or null.</param>
sealed record Request(string Action, HttpMethod Method, string Path, string? Body = null, string? Key = null)
{
    /// <summary>Whether the answer is one for the checker; pages are not.</summary>
    public bool IsNoted { get; init; } = true;

    /// <summary>A form of a page, instead of JSON.</summary>
    public bool IsForm { get; init; }

    /// <summary>A service's token, where a member of staff asks.</summary>
    public string? Identity { get; init; }

    /// <summary>The order that it is about.</summary>
    public string? OrderId { get; init; }

    /// <summary>The token that it pays with.</summary>
    public string? PaymentMethod { get; init; }

    /// <summary>Whether it is a POST that may be repeated without a key: a new cart, a quote, a cancellation.</summary>
    public bool IsHarmless { get; init; }

    /// <summary>Whether sending it again is the same request.</summary>
    public bool IsRepeatable => Method != HttpMethod.Post || Key is not null || IsHarmless;
}

/// <summary>An answer; status 0 when none came.</summary>
sealed record Reply(int Status, string Body, string? Location, JsonElement Json)
{
    public bool IsOk => Status is >= 200 and < 400;

    /// <summary>The stable code of a refusal or a fault.</summary>
    public string? Code => Text("code");

    public string? Text(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public long? Number(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : null;
}

/// <summary>
/// Speaks to the store as a polite client does: it waits as long as Retry-After says after a 429 or a 503, sends again only
/// what may be sent again, and takes a missing answer for an unknown one.
/// </summary>
sealed class StoreClient(LoadPlan plan, Report report, TimeProvider clock) : IDisposable
{
    const int TriesMax = 6;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    readonly HttpClient _http = new(plan.Network ?? new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    }, disposeHandler: plan.Network is null)
    { BaseAddress = plan.Store, Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => _http.Dispose();

    /// <summary>Sends until there is an answer, or no hope of one; the time counts from when it was meant to begin.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="shopper">Who sends it.</param>
    /// <param name="meant">A timestamp of the clock.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task<Reply> SendAsync(Request request, Shopper shopper, long meant, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (reply, wait) = await SendOnceAsync(request, shopper, attempt, cancellation);
            if (reply.Status == 429) report.WasRateLimited();
            // A 429 was turned away at the door: nothing has happened, so anything may be sent again.
            var mayTryAgain = reply.Status == 429 || reply.Status is 0 or >= 500 && request.IsRepeatable;
            if (!mayTryAgain || attempt == TriesMax)
            {
                report.Action(request.Action).Add(clock.GetElapsedTime(meant), reply.Status);
                return reply;
            }
            if (reply.Status != 429) report.Retried();
            var backoff = wait ?? TimeSpan.FromMilliseconds(100 << attempt);
            // Up to a half more: those who were turned away together do not come back together.
            await Task.Delay((backoff < WaitMax ? backoff : WaitMax) * (1 + shopper.Chance.Next() / 2), clock, cancellation);
        }
    }

    /// <summary>Sends a request once more that has its answer, or is about to, and says whether the store keeps to what it said.</summary>
    public async Task RepeatAsync(Request request, Shopper shopper, Task<Reply> first, CancellationToken cancellation)
    {
        var (again, _) = await SendOnceAsync(request, shopper, attempt: 2, cancellation);
        var before = await first;
        // Still under way, shed, or unknown: no answer that could differ.
        if (again.Status is 0 or 429 or >= 500 || before.Status is 0 or 429 or >= 500 || again.Code == "request.in_progress" || before.Code == "request.in_progress") return;
        report.Repeated(again.Status == before.Status && again.Body == before.Body);
    }

    async Task<(Reply Reply, TimeSpan? Wait)> SendOnceAsync(Request request, Shopper shopper, int attempt, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(request.Method, request.Path);
        if (request.Body is not null)
        {
            message.Content = new StringContent(request.Body, new MediaTypeHeaderValue(request.IsForm ? "application/x-www-form-urlencoded" : "application/json"));
        }
        if (request.Key is not null) message.Headers.Add("Idempotency-Key", request.Key);
        if (request.Identity is not null) message.Headers.Add("Souk-Identity", request.Identity);
        if (shopper.TokenFor(request) is { } token) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var limit = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        var at = clock.GetUtcNow();
        Reply reply;
        TimeSpan? wait = null;
        try
        {
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (request.IsNoted || (int)response.StatusCode >= 400) reply = await ReadAsync(response, either.Token);
            else
            {
                await response.Content.CopyToAsync(Stream.Null, either.Token);
                reply = new Reply((int)response.StatusCode, "", null, default);
            }
            wait = response.Headers.RetryAfter?.Delta;
        }
        catch (Exception error) when (error is HttpRequestException or IOException || error is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            reply = new Reply(0, "", null, default);
        }
        if (request.IsNoted) Note(request, shopper, attempt, at, reply);
        return (reply, wait);
    }

    static async Task<Reply> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = await response.Content.ReadAsStringAsync(cancellation);
        JsonElement json = default;
        if (response.Content.Headers.ContentType?.MediaType is { } type && type.EndsWith("json", StringComparison.Ordinal))
        {
            try
            {
                using var document = JsonDocument.Parse(body);
                json = document.RootElement.Clone();
            }
            catch (JsonException)
            {
                // What cannot be read says nothing; its status still does.
            }
        }
        return new Reply((int)response.StatusCode, body, response.Headers.Location?.OriginalString, json);
    }

    void Note(Request request, Shopper shopper, int attempt, DateTimeOffset at, Reply reply)
    {
        var amount = reply.Json.ValueKind == JsonValueKind.Object && (reply.Json.TryGetProperty("total", out var money) || reply.Json.TryGetProperty("amount", out money))
            ? money.ValueKind == JsonValueKind.Object && money.TryGetProperty("amount", out var inner) && inner.TryGetInt64(out var minor) ? minor
            : money.ValueKind == JsonValueKind.Number && money.TryGetInt64(out var plain) ? plain : (long?)null : null;
        var isOrder = request.Action is "order" or "read" or "cancel" or "pay" && reply.IsOk;
        report.Note(new Told(
            at, clock.GetUtcNow(), shopper.Number, request.Action, request.Method.Method, request.Path, request.Key, Hash(request.Body), attempt,
            reply.Status, reply.Code, Hash(reply.Body), isOrder ? reply.Text("id") : request.OrderId, reply.Number("version"),
            isOrder ? reply.Text("state") : null, reply.Text("outcome"), request.PaymentMethod, amount));
    }

    static string? Hash(string? text) => string.IsNullOrEmpty(text) ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
