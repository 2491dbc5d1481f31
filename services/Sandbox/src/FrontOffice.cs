using System.Security.Cryptography;
using System.Text;

namespace Souk.Sandbox;

/// <summary>
/// What comes before every request: the shop shows its API key, and the switches decide whether the provider is there
/// at all and how slow it is. Health and the switches themselves are always there.
/// </summary>
static class FrontOffice
{
    static readonly Refusal KeyMissing = Refusal.Unauthorized("sandbox.api_key_invalid",
        "Send the shop's API key: Authorization: Bearer …");

    static readonly Refusal Down = new(503, "sandbox.down", "The provider is switched off.");

    public static void UseFrontOffice(this WebApplication app) => app.Use(async (context, next) =>
    {
        var path = context.Request.Path;
        var isApi = path.StartsWithSegments("/v1");
        var services = context.RequestServices;
        if (isApi && !IsShop(context.Request, services.GetRequiredService<ProviderSettings>()))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await KeyMissing.ExecuteAsync(context);
            return;
        }
        if (path.StartsWithSegments("/v1/switches") || path.StartsWithSegments("/health") || path.StartsWithSegments("/openapi"))
        {
            await next(context);
            return;
        }
        var switches = await services.GetRequiredService<SwitchBoard>().NowAsync(context.RequestAborted);
        if (switches.LatencyMs > 0)
        {
            await services.GetRequiredService<TimeProvider>().DelayAsync(TimeSpan.FromMilliseconds(switches.LatencyMs), context.RequestAborted);
        }
        if (!switches.IsDown) await next(context);
        else await (isApi ? Down.ExecuteAsync(context) : Page.Closed.ExecuteAsync(context));
    });

    static bool IsShop(HttpRequest request, ProviderSettings settings)
    {
        const string Scheme = "Bearer ";
        return request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.Ordinal)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(header[Scheme.Length..]), settings.ApiSecret);
    }
}

/// <summary>A request that moves money: its key, and how its answer may get lost.</summary>
static class Calls
{
    const int KeyMax = 200;

    // Longer than any caller waits.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static readonly Refusal KeyInvalid = Refusal.BadRequest("request.idempotency_key_invalid",
        "Send an Idempotency-Key of 1 to 200 characters, the same one when you repeat the request.");

    static readonly Refusal KeyReused = Refusal.Unprocessable("request.idempotency_key_reused",
        "This Idempotency-Key belongs to another request.");

    /// <summary>Runs a request under its key and gives the answer, or none where a switch or the card wants that.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">What is asked, to tell it from another request under the same key.</param>
    /// <param name="run">The one transaction; null: there is no such authorisation.</param>
    public static async Task<IResult> RunAsync(HttpContext context, string request, Func<Call, Switches, Task<Told?>> run)
    {
        if (context.Request.Headers["Idempotency-Key"] is not [{ Length: > 0 and <= KeyMax } key] || key.Any(char.IsControl)) return KeyInvalid;
        var services = context.RequestServices;
        var (clock, ids) = (services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IIdSource>());
        var switches = await services.GetRequiredService<SwitchBoard>().NowAsync(context.RequestAborted);

        if (ids.Chance(switches.TimeoutBefore)) await HangAsync(context, clock);
        var call = new Call(key, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request))), clock.GetUtcNow());
        if (await run(call, switches) is not { } told) return ReadAuthorizations.Unknown;
        if (told.IsAnswerLost || ids.Chance(switches.TimeoutAfter)) await HangAsync(context, clock);
        return told.Answer is { } answer
            ? Results.Text(answer.Body, answer.Status == 200 ? "application/json" : "application/problem+json", Encoding.UTF8, answer.Status)
            : KeyReused;
    }

    /// <summary>Says nothing until the caller has gone, or its patience has.</summary>
    static async Task HangAsync(HttpContext context, TimeProvider clock)
    {
        await clock.DelayAsync(Patience, context.RequestAborted);
        throw new OperationCanceledException("The caller waited longer than any caller does.");
    }
}
