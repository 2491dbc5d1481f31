using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Idempotency;

/// <summary>Makes a repeated POST the same POST, with one line on its endpoint.</summary>
public static class IdempotencyExtensions
{
    /// <summary>
    /// Asks for an <c>Idempotency-Key</c> (400 without) and answers a repeat with the first answer, byte for byte:
    /// 409 while that is under way, 422 when the body is another. The endpoint takes the key by
    /// <see cref="Once.TakeAsync"/> in the transaction of its effect.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="scope">
    /// A member of the body that a guest's key space belongs to beside the caller and the address, such as the cart's id,
    /// which only its owner knows; null: none. Whoever has signed in has one by the token's subject.
    /// </param>
    public static TBuilder Idempotent<TBuilder>(this TBuilder endpoint, string? scope = null)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new IdempotentEndpoint(scope));

    internal static void UseIdempotency(this IApplicationBuilder app) => app.Use((context, next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IdempotentEndpoint>() is { } endpoint
            ? RunAsync(context, next, endpoint)
            : next(context));

    const string Header = "Idempotency-Key";
    const int KeyMax = 200;

    // Whoever began and has not answered after this long has ended: its answer is given from what it did.
    static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    static readonly Refusal KeyInvalid = Refusal.BadRequest("request.idempotency_key_invalid",
        "Send an Idempotency-Key of 1 to 200 characters, the same one when you repeat the request.");

    static readonly Refusal KeyReused = Refusal.Unprocessable("request.idempotency_key_reused",
        "This Idempotency-Key belongs to another request.");

    static readonly Refusal InProgress = Refusal.Conflict("request.in_progress",
        "The first request with this Idempotency-Key is still under way. Look at its Location, or repeat it shortly.");

    static async Task RunAsync(HttpContext context, RequestDelegate next, IdempotentEndpoint endpoint)
    {
        if (context.Request.Headers[Header] is not [{ Length: > 0 and <= KeyMax } key] || key.Any(char.IsControl))
        {
            await KeyInvalid.ExecuteAsync(context);
            return;
        }
        var services = context.RequestServices;
        var database = services.GetRequiredService<Database>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();

        var body = await ReadBodyAsync(context);
        var request = Convert.ToHexStringLower(SHA256.HashData(body));
        var caller = $"{context.Caller()} {context.Request.Path}";
        // Hashed: what stands there came from outside, of any length and of any signs. Whoever has signed in has a key space
        // of their own; of the others, those who know the same secret share one.
        if (context.StoreUser() is { } user) caller += " for " + Hash(user.Subject);
        else if (endpoint.Scope is { } member && Scope(body, member) is { } scope) caller += " " + Hash(scope);

        var first = await OnceLog.FindAsync(database, caller, key, context.RequestAborted);
        if (first is not null && await RepeatAsync(context, first, request, now)) return;

        var once = new Once(caller, key, request, now, first?.Location);
        context.Features.Set(once);
        var answer = await AnswerAsync(context, next, once, request, now);
        if (answer is null || IsKept(answer.Status) && !await OnceLog.KeepAsync(database, caller, key, answer, once.Location))
        {
            // Somebody was quicker: theirs is the answer.
            first = (await OnceLog.FindAsync(database, caller, key, CancellationToken.None))!;
            if (await RepeatAsync(context, first, request, first.BegunAt)) return;
        }
        await WriteAsync(context, answer!);
    }

    /// <summary>Answers a repeat; false when it is to be run, because the first ended without an answer.</summary>
    static async Task<bool> RepeatAsync(HttpContext context, Answer first, string request, DateTimeOffset now)
    {
        if (first.Request != request) await KeyReused.ExecuteAsync(context);
        else if (first.IsGiven) await WriteAsync(context, first);
        else if (now - first.BegunAt < AnswerLimit)
        {
            context.Response.Headers.Location = first.Location;
            await InProgress.ExecuteAsync(context);
        }
        else return false;
        return true;
    }

    /// <summary>Runs the endpoint with its answer held back; null when another request took the key first.</summary>
    static async Task<Answer?> AnswerAsync(HttpContext context, RequestDelegate next, Once once, string request, DateTimeOffset now)
    {
        var real = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var held = new MemoryStream();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(held));
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync();
        }
        catch (KeyTakenException)
        {
            return null;
        }
        finally
        {
            context.Features.Set(real);
        }
        var response = context.Response;
        return new Answer(request, response.Headers.Location.ToString() is { Length: > 0 } at ? at : once.Location, now,
            response.StatusCode, response.ContentType, held.ToArray());
    }

    /// <summary>A fault is no answer, and what never came to the business is refused again by itself.</summary>
    static bool IsKept(int status) => status is >= 200 and < 500 and not (400 or 401 or 403 or 429);

    static async Task WriteAsync(HttpContext context, Answer answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        if (answer.Location is not null && answer.Status is 201 or 202) response.Headers.Location = answer.Location;
        response.ContentLength = answer.Body.Length;
        await response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using var copy = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, 64 * 1024));
        await context.Request.Body.CopyToAsync(copy, context.RequestAborted);
        copy.Position = 0;
        var body = copy.ToArray();
        context.Request.Body = new MemoryStream(body, writable: false);
        return body;
    }

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static string? Scope(byte[] body, string member)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null; // the endpoint says what is wrong with it
        }
    }

    sealed record IdempotentEndpoint(string? Scope);
}
