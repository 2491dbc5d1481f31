using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Notifications;

/// <summary>Which mails an order has caused, and what became of each; for staff.</summary>
static class ReadMails
{
    const int LengthMax = 200;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/mails", HandleAsync)
        .WithName("ReadMails")
        .AllowCallers("souk", "console");

    static async Task<Results<Ok<MailsView>, Refusal>> HandleAsync(string? order, MailStore store, CancellationToken cancellation) =>
        order is { Length: > 0 and <= LengthMax } && !order.Any(char.IsControl)
            ? TypedResults.Ok(new MailsView(await store.OfOrderAsync(order, cancellation)))
            : MailRefusals.OrderInvalid;
}

/// <summary>In the order of their events.</summary>
sealed record MailsView(IReadOnlyList<MailView> Items);

/// <summary>A mail as staff see it.</summary>
sealed record MailView(
    string EventId, string OrderId, string Kind, string Recipient, string Subject, string State, int Attempts,
    DateTimeOffset? NextAttemptAt, DateTimeOffset? SentAt, string? Error);
