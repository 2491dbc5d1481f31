using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Payment;

/// <summary>
/// Listens to the provider. What it did not sign is stored nowhere; what it did is stored once for each event id, and then
/// looked into: the message only says that there is something to look at.
/// </summary>
static class TakeWebhook
{
    const int BodyMax = 256 * 1024;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/payment/webhooks/{provider}", HandleAsync)
        .WithName("TakeWebhook")
        .AllowPublic();

    static async Task<Results<Ok, Refusal>> HandleAsync(
        string provider, HttpContext context, IProvider known, Webhooks webhooks, TimeProvider clock)
    {
        if (provider != known.Name || await ReadAsync(context) is not { } body) return PaymentRefusals.WebhookInvalid;
        Notice? notice;
        try
        {
            if (!known.TryRead(context.Request.Headers, body, clock.GetUtcNow(), out notice)) return PaymentRefusals.WebhookInvalid;
        }
        catch (JsonException)
        {
            return PaymentRefusals.WebhookInvalid;
        }
        if (notice is not null) await webhooks.TakeAsync(notice);
        return TypedResults.Ok();
    }

    /// <summary>The bytes as they came; null: more than any message has.</summary>
    static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > BodyMax) return null;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.Length <= BodyMax ? body.ToArray() : null;
    }
}
