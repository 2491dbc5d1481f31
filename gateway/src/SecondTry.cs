using System.Collections.Concurrent;
using System.Diagnostics;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Souk.Gateway;

/// <summary>
/// Forwards a request, and once more to another replica when the first was not there to take it: whatever the method
/// when nothing was delivered, idempotent requests also when the connection broke. What fails then is 503 at once.
/// </summary>
sealed class SecondTry(RequestDelegate next, GatewaySettings settings, TimeProvider clock, ILogger<SecondTry> logger)
{
    // The platform's telemetry collects what bears this name.
    static readonly ActivitySource Spans = new("Souk");

    // Larger bodies are streamed and cannot be sent twice.
    const int KeptBodyBytesMax = 64 * 1024;

    // A replica that refused a connection is left alone for so long while others can be had.
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<string, long> _refusedAt = new(StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        if (proxy.AllDestinations.Sum(destination => destination.ConcurrentRequestCount) >= settings.InFlightMaxPerService)
        {
            await UnavailableAsync(context);
            return;
        }

        Deadline.Start(settings.Deadline, clock);
        PassOverResting(proxy);
        var repeatable = IsIdempotent(context.Request) && TryKeepBody(context.Request);
        await AttemptAsync(context, proxy, retries: 0);

        if (FailureOf(context) is { } failure && (IsUndelivered(failure) || repeatable && IsBroken(failure))
            && Deadline.Current!.Left > TimeSpan.FromMilliseconds(20) && TakeAnother(context, proxy.ProxiedDestination))
        {
            Note(proxy, failure, "another replica is asked");
            proxy = context.GetReverseProxyFeature();
            await AttemptAsync(context, proxy, retries: 1);
        }
        if (FailureOf(context) is { } final)
        {
            if (final.Error != ForwarderError.RequestCanceled) Note(proxy, final, "given up");
            await AnswerAsync(context, final);
        }
    }

    /// <summary>One attempt, with a span of its own: whom it called, which attempt it was, how it ended.</summary>
    async Task AttemptAsync(HttpContext context, IReverseProxyFeature proxy, int retries)
    {
        using var span = Spans.StartActivity("call " + proxy.Cluster.Config.ClusterId, ActivityKind.Client);
        span?.SetTag("souk.deadline_left_ms", (long)Deadline.Current!.Left.TotalMilliseconds);
        await next(context);
        if (span is null) return;

        span.SetTag("peer.service", proxy.Cluster.Config.ClusterId);
        span.SetTag("server.address", proxy.ProxiedDestination?.Model.Config.Address);
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.request.resend_count", retries);
        if (FailureOf(context) is { } failure)
        {
            span.SetTag("error.type", failure.Error.ToString()).SetStatus(ActivityStatusCode.Error, failure.Exception?.Message);
            return;
        }
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= 500) span.SetStatus(ActivityStatusCode.Error);
    }

    void PassOverResting(IReverseProxyFeature proxy)
    {
        if (_refusedAt.IsEmpty) return;
        var awake = proxy.AvailableDestinations.Where(one => !IsResting(one.DestinationId)).ToList();
        if (awake.Count > 0) proxy.AvailableDestinations = awake;
    }

    bool IsResting(string address) =>
        _refusedAt.TryGetValue(address, out var at) && clock.GetElapsedTime(at) < Rest;

    /// <summary>Says what failed; of a replica that refuses everybody, once a rest.</summary>
    void Note(IReverseProxyFeature proxy, IForwarderErrorFeature failure, string then)
    {
        var address = proxy.ProxiedDestination?.DestinationId ?? "no address of " + proxy.Cluster.Config.ClusterId;
        if (IsResting(address)) return;
        if (IsUndelivered(failure) || failure.Error == ForwarderError.NoAvailableDestinations)
        {
            _refusedAt[address] = clock.GetTimestamp();
        }
        logger.LogWarning("{Service} at {Address} failed ({Error}: {Reason}), {Then}",
            proxy.Cluster.Config.ClusterId, address, failure.Error, failure.Exception?.Message, then);
    }

    static IForwarderErrorFeature? FailureOf(HttpContext context) =>
        context.Response.HasStarted ? null : context.GetForwarderErrorFeature();

    static bool IsIdempotent(HttpRequest request) =>
        !HttpMethods.IsPost(request.Method) && !HttpMethods.IsPatch(request.Method)
        || request.Headers.ContainsKey("Idempotency-Key");

    static bool TryKeepBody(HttpRequest request)
    {
        if (request.ContentLength > KeptBodyBytesMax) return false;
        if (request.ContentLength is null && request.Headers.TransferEncoding.Count > 0) return false;
        if (request.ContentLength > 0) request.EnableBuffering(KeptBodyBytesMax);
        return true;
    }

    /// <summary>No connection came about, so no service has seen the request.</summary>
    static bool IsUndelivered(IForwarderErrorFeature failure) => failure.Exception is
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
        or OperationCanceledException { InnerException: TimeoutException };

    static bool IsBroken(IForwarderErrorFeature failure) =>
        failure.Error is ForwarderError.Request or ForwarderError.RequestBodyDestination;

    /// <summary>Readies the request for a replica other than the failed one; false when there is none.</summary>
    static bool TakeAnother(HttpContext context, DestinationState? failed)
    {
        var cluster = context.GetReverseProxyFeature().Route.Cluster!;
        // From the present configuration: the failed one may have been replaced meanwhile.
        context.ReassignProxyRequest(cluster);
        var proxy = context.GetReverseProxyFeature();
        var others = proxy.AvailableDestinations.Where(one => one.DestinationId != failed?.DestinationId).ToList();
        if (others.Count == 0) return false;
        proxy.AvailableDestinations = others;
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.Clear();
        if (context.Request.Body.CanSeek) context.Request.Body.Position = 0;
        return true;
    }

    static Task AnswerAsync(HttpContext context, IForwarderErrorFeature failure)
    {
        var status = context.Response.StatusCode;
        return failure.Error switch
        {
            ForwarderError.RequestCanceled => Task.CompletedTask, // the client has gone
            ForwarderError.RequestBodyClient when status == 413 =>
                new Refusal(413, "request.too_large", "The body is larger than this address takes.").ExecuteAsync(context),
            ForwarderError.RequestBodyClient =>
                new Refusal(status, "request.malformed", "The body ended early or was sent too slowly.").ExecuteAsync(context),
            _ => UnavailableAsync(context),
        };
    }

    static Task UnavailableAsync(HttpContext context)
    {
        context.Response.Clear();
        return new Refusal(503, "service.unavailable", "This part of the store does not answer just now. Try again shortly.")
            .ExecuteAsync(context);
    }
}

static class SecondTryExtensions
{
    public static IReverseProxyApplicationBuilder UseSecondTry(this IReverseProxyApplicationBuilder proxy)
    {
        proxy.UseMiddleware<SecondTry>();
        return proxy;
    }
}
