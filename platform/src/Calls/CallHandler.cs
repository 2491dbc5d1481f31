using System.Diagnostics;
using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Hedging;
using Polly.Retry;
using Polly.Timeout;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Calls;

/// <summary>
/// What every call to another service goes through: identity, deadline, then Polly's retry, circuit breaker, hedging
/// and timeout, in that order. Discovery and the sockets are below it.
/// </summary>
sealed class CallHandler : DelegatingHandler
{
    static readonly ResiliencePropertyKey<HttpRequestMessage> RequestKey = new("request");
    static readonly ResiliencePropertyKey<int> RetriesKey = new("retries");

    readonly string _service;
    readonly string _spanName;
    readonly ServiceIdentity _identity;
    readonly bool _passUser;
    readonly RetryBudget _budget = new();
    readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    public CallHandler(string service, CallOptions options, ServiceIdentity identity, TimeProvider clock, IIdSource ids)
    {
        _service = service;
        _spanName = "call " + service;
        _identity = identity;
        _passUser = options.PassUser;
        _pipeline = Build(options, clock, ids);
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Database.InTransaction)
        {
            throw new InvalidOperationException(
                $"A call to '{_service}' inside a transaction would hold its locks. Call before or after it.");
        }
        if (Deadline.Current is { } deadline && deadline.Left <= TimeSpan.Zero) throw new DeadlineExceededException();

        request.Headers.TryAddWithoutValidation(ServiceIdentity.Header, _identity.TokenFor(_service));
        if (_passUser && UserToken.Current is { } user && request.Headers.Authorization is null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + user);
        }
        _budget.Earn();
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(RequestKey, request);
        try
        {
            return await _pipeline.ExecuteAsync(AttemptAsync, context, this);
        }
        catch (Exception error) when (error is HttpRequestException or BrokenCircuitException or TimeoutRejectedException)
        {
            error.Data[Problem.FaultHeader] = _service;
            throw;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>One attempt, with a span of its own: whom it called, which attempt it was, how it ended.</summary>
    static async ValueTask<HttpResponseMessage> AttemptAsync(ResilienceContext context, CallHandler handler)
    {
        var request = context.Properties.GetValue(RequestKey, null!);
        using var span = SoukActivity.Source.StartActivity(handler._spanName, ActivityKind.Client);
        if (Deadline.Current is { } deadline)
        {
            request.Headers.Remove(Deadline.Header);
            request.Headers.TryAddWithoutValidation(Deadline.Header, deadline.ToHeader());
            span?.SetTag("souk.deadline_left_ms", (long)deadline.Left.TotalMilliseconds);
        }
        if (Activity.Current is { } trace)
        {
            request.Headers.Remove("traceparent");
            request.Headers.TryAddWithoutValidation("traceparent", trace.Id);
        }
        if (span is null) return await handler.SendOnceAsync(request, context.CancellationToken);

        span.SetTag("peer.service", handler._service);
        span.SetTag("http.request.method", request.Method.Method);
        span.SetTag("http.request.resend_count", context.Properties.GetValue(RetriesKey, 0));
        try
        {
            var response = await handler.SendOnceAsync(request, context.CancellationToken);
            span.SetTag("http.response.status_code", (int)response.StatusCode);
            if ((int)response.StatusCode >= 500) span.SetStatus(ActivityStatusCode.Error);
            return response;
        }
        catch (Exception error)
        {
            span.SetTag("error.type", error.GetType().FullName).SetStatus(ActivityStatusCode.Error, error.Message);
            throw;
        }
    }

    Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        base.SendAsync(request, cancellation);

    ResiliencePipeline<HttpResponseMessage> Build(CallOptions options, TimeProvider clock, IIdSource ids)
    {
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock };
        if (options.RetriesMax > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.RetriesMax,
                // The wait is in OnRetry: Polly's own goes on at the thread pool when it is called off.
                Delay = TimeSpan.Zero,
                ShouldHandle = args => ValueTask.FromResult(IsRetried(args.Context, args.Outcome) && _budget.TrySpend()),
                OnRetry = async args =>
                {
                    args.Outcome.Result?.Dispose();
                    args.Context.Properties.Set(RetriesKey, args.AttemptNumber + 1);
                    var backoff = options.RetryDelay * (1 << args.AttemptNumber) * (0.5 + ids.NextDouble());
                    await clock.DelayAsync(backoff, args.Context.CancellationToken);
                },
            });
        }
        pipeline.AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
        {
            FailureRatio = 0.5,
            MinimumThroughput = 20,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = options.BreakLength,
            ShouldHandle = args => ValueTask.FromResult(IsFault(args.Outcome)),
        });
        if (options.HedgeAfter is { } hedgeAfter)
        {
            pipeline.AddHedging(new HedgingStrategyOptions<HttpResponseMessage>
            {
                MaxHedgedAttempts = 1,
                Delay = hedgeAfter,
                ShouldHandle = _ => ValueTask.FromResult(false), // failures are the retry's business
                ActionGenerator = args => HedgedAttempt(args),
            });
        }
        pipeline.AddTimeout(new TimeoutStrategyOptions
        {
            TimeoutGenerator = _ => ValueTask.FromResult(
                Deadline.Current is { } deadline && deadline.Left < options.AttemptTimeout
                    ? deadline.Left > TimeSpan.Zero ? deadline.Left : TimeSpan.FromMilliseconds(1)
                    : options.AttemptTimeout),
        });
        return pipeline.Build();
    }

    Func<ValueTask<Outcome<HttpResponseMessage>>>? HedgedAttempt(HedgingActionGeneratorArguments<HttpResponseMessage> args)
    {
        var first = args.PrimaryContext.Properties.GetValue(RequestKey, null!);
        if (first.Method != HttpMethod.Get || !_budget.TrySpend()) return null;
        // A message is sent once: the second attempt has one of its own.
        var second = new HttpRequestMessage(first.Method, first.RequestUri) { Version = first.Version, VersionPolicy = first.VersionPolicy };
        foreach (var header in first.Headers.NonValidated) second.Headers.TryAddWithoutValidation(header.Key, header.Value);
        args.ActionContext.Properties.Set(RequestKey, second);
        return () => args.Callback(args.ActionContext);
    }

    bool IsRetried(ResilienceContext context, Outcome<HttpResponseMessage> outcome)
    {
        // Not delivered at all: another replica may take it, whatever the method.
        if (outcome.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }) return HasTime();
        if (!IsFault(outcome)) return false;
        var request = context.Properties.GetValue(RequestKey, null!);
        return IsIdempotent(request) && IsNextDoor(outcome.Result) && HasTime();
    }

    static bool HasTime() => Deadline.Current is not { } deadline || deadline.Left > TimeSpan.FromMilliseconds(20);

    static bool IsFault(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout } => true,
        _ => false,
    };

    static bool IsIdempotent(HttpRequestMessage request) =>
        request.Method != HttpMethod.Post && request.Method != HttpMethod.Patch || request.Headers.Contains("Idempotency-Key");

    /// <summary>Retries belong to the layer next to the failure: one deeper down has been retried there.</summary>
    bool IsNextDoor(HttpResponseMessage? response) =>
        response is null
        || !response.Headers.NonValidated.TryGetValues(Problem.FaultHeader, out var values)
        || values.ToString() == _service;
}
