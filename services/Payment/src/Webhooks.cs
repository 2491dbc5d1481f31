namespace Souk.Payment;

/// <summary>
/// What becomes of a message: known already, not ours, to be looked into now or later. Order of arrival is not trusted, and
/// neither is what it says of states and sums: the provider is asked.
/// </summary>
sealed class Webhooks(WebhookStore store, PaymentStore payments, Till till, Alarms alarms, TimeProvider clock)
{
    const int BatchMax = 20;

    // A message that leads nowhere for a day is a person's business.
    static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    /// <summary>Keeps a message, and looks into it where that is worth while. Told again it changes nothing.</summary>
    public async Task TakeAsync(Notice notice)
    {
        var (verdict, orderId) = await store.TakeAsync(notice, payment => Judge(payment, notice));
        if (verdict == Verdict.Due) await LookAsync(new Webhook(notice, orderId, clock.GetUtcNow(), 0));
        else if (verdict.Flag == Verdict.AmountDiffers.Flag) await RaiseAsync(notice, verdict.Flag!);
    }

    /// <summary>Looks into those whose time has come.</summary>
    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var due = await store.DueAsync(BatchMax, cancellation);
        foreach (var webhook in due) await LookAsync(webhook);
        return due.Count == BatchMax;
    }

    async Task LookAsync(Webhook webhook)
    {
        var notice = webhook.Notice;
        var orderId = webhook.OrderId ?? await store.OrderOfAsync(notice);
        var payment = orderId is null ? null : await payments.FindAsync(orderId);
        var verdict = Judge(payment, notice);
        if (verdict == Verdict.Due)
        {
            payment = await till.ResolveAsync(payment!, card: null, () => true);
            if (!payment.Knows(notice) && notice.Reference is { } reference && payment.Find(reference) is { State: OperationState.Refused } refused)
            {
                payment = await till.LookAsync(payment, refused);
            }
            verdict = payment.Knows(notice) ? Verdict.Done
                : payment.Open.Any() ? Verdict.Later(null)
                // Nothing of ours is open, and the provider tells of more than was asked for.
                : notice.Captured > payment.Captured || notice.Refunded > payment.Refunded ? Verdict.MovedUnasked
                : Verdict.Done;
        }
        if (verdict.IsLater)
        {
            var isOver = clock.GetUtcNow() - webhook.ReceivedAt > Patience;
            verdict = isOver ? Verdict.Flagged(verdict.Flag ?? "unresolved") : verdict;
        }
        await store.SaveAsync(webhook, orderId, verdict);
        if (verdict is { IsLater: false, Flag: { } flag }) await RaiseAsync(notice, flag);
    }

    Verdict Judge(Payment? payment, Notice notice)
    {
        if (payment is null) return Verdict.Later("unknown_order");
        if (payment.Amount != notice.Amount) return Verdict.AmountDiffers;
        if (payment.Knows(notice)) return Verdict.Done;
        // The answer to our own question is on its way and will tell the same.
        return payment.Operations.Any(operation => operation.IsUnderWay(clock.GetUtcNow())) ? Verdict.Later(null) : Verdict.Due;
    }

    Task RaiseAsync(Notice notice, string flag) => alarms.RaiseAsync(
        notice.EventId, "webhook_" + flag, $"{notice.Type} of {notice.Reference ?? notice.ProviderId}: {notice.Amount.Amount} {notice.Amount.Currency}");
}

/// <summary>What becomes of a message.</summary>
/// <param name="State"><c>due</c>, <c>waiting</c>, <c>done</c> or <c>flagged</c>.</param>
/// <param name="Flag">What is wrong with it.</param>
sealed record Verdict(string State, string? Flag)
{
    public static readonly Verdict Due = new("due", null);
    public static readonly Verdict Done = new("done", null);
    public static readonly Verdict AmountDiffers = Flagged("amount_differs");
    public static readonly Verdict MovedUnasked = Flagged("moved_unasked");

    public static Verdict Later(string? flag) => new("waiting", flag);

    public static Verdict Flagged(string flag) => new("flagged", flag);

    public bool IsLater => State == "waiting";
}

/// <summary>A message that was kept.</summary>
sealed record Webhook(Notice Notice, string? OrderId, DateTimeOffset ReceivedAt, int Attempts);

/// <summary>Turns to the messages that have to wait: early ones, and those whose answer was not to be had at once.</summary>
sealed class ProcessWebhooks(Webhooks webhooks) : IPump
{
    public string Name => "webhooks";

    public TimeSpan Idle => TimeSpan.FromSeconds(1);

    public Task<bool> StepAsync(CancellationToken cancellation) => webhooks.StepAsync(cancellation);
}
