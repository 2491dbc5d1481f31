using System.Data.Common;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Souk.Platform.Calls;

namespace Souk.Platform.Hosting;

/// <summary>
/// Turns what was thrown into one of three answers: a malformed request (4xx), a fault (a dependency failed: 503
/// with Retry-After) or a bug (500, logged whole, nothing leaked).
/// </summary>
static class Faults
{
    const string TooLarge = "The body is larger than this address takes.";

    public static void UseFaults(this IApplicationBuilder app, string service) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.ContentType is null
                && context.Response.ContentLength is null or 0)
            {
                await DescribeAsync(context);
            }
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, error, service);
        }
        Outcome(context);
    });

    /// <summary>An empty 404, 405, 415 … of the framework gets the body that every error has.</summary>
    static Task DescribeAsync(HttpContext context) => context.Response.StatusCode switch
    {
        404 => Problem.WriteAsync(context, 404, "request.route_unknown", "There is nothing at this address."),
        405 => Problem.WriteAsync(context, 405, "request.method_not_allowed", "This address does not answer that method."),
        413 => Problem.WriteAsync(context, 413, "request.too_large", TooLarge),
        415 => Problem.WriteAsync(context, 415, "request.media_type_unsupported", "This address does not read that content type."),
        >= 400 and var status => Problem.WriteAsync(context, status, "request.refused", "The request was refused."),
        _ => Task.CompletedTask,
    };

    static Task AnswerAsync(HttpContext context, Exception error, string service)
    {
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Souk.Faults");
        var (status, code, detail) = error switch
        {
            BadHttpRequestException { StatusCode: 413 } => (413, "request.too_large", TooLarge),
            BadHttpRequestException bad => (bad.StatusCode, "request.malformed", bad.Message),
            DeadlineExceededException => (503, "deadline.exceeded", "There was no time left to finish the request."),
            OperationCanceledException when context.RequestAborted.IsCancellationRequested =>
                (503, "deadline.exceeded", "There was no time left to finish the request."),
            _ when CallFault.Is(error) =>
                (503, "dependency.unavailable", "A service that is needed for this does not answer. Try again shortly."),
            DbException => (503, "database.unavailable", "The database does not answer. Try again shortly."),
            _ => (500, "bug", "Something is wrong on our side; it has been noted under the trace id."),
        };

        context.Response.Clear();
        if (status >= 500)
        {
            // Kept where it began: a call that failed names its callee, or what the callee named.
            context.Response.Headers[Problem.FaultHeader] = error.Data[Problem.FaultHeader] as string ?? service;
            Activity.Current?.SetTag("error.type", error.GetType().FullName);
        }
        if (status == 500) log.LogError(error, "Bug in {Method} {Path}", context.Request.Method, context.Request.Path);
        else if (status == 503) log.LogWarning("Fault in {Method} {Path}: {Error}", context.Request.Method, context.Request.Path, error.Message);
        return Problem.WriteAsync(context, status, code, detail);
    }

    static void Outcome(HttpContext context)
    {
        if (Activity.Current is not { IsAllDataRequested: true } span) return;
        var status = context.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route) span.SetTag("http.route", route);
        if (status >= 500) span.SetStatus(ActivityStatusCode.Error);
        // A refusal is an answer: only a fault or a bug is an error.
        span.SetTag("souk.outcome", status switch { < 400 => "ok", 500 => "bug", > 500 => "fault", _ => "refusal" });
    }
}
