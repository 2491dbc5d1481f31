namespace Souk.Payment;

/// <summary>
/// Asks again about what has no answer, with nobody waiting: after a crash, after a silence. It authorises nothing; only
/// the order does that, by asking again.
/// </summary>
sealed class AskAgain(PaymentStore store, Till till, TimeProvider clock) : IPump
{
    const int BatchMax = 20;

    public string Name => "open questions to the provider";

    public TimeSpan Idle => TimeSpan.FromSeconds(1);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var due = await store.DueAsync(clock.GetUtcNow(), BatchMax, cancellation);
        foreach (var orderId in due)
        {
            if (await store.FindAsync(orderId, cancellation) is { } payment) await till.ResolveAsync(payment, card: null, () => true);
        }
        return due.Count == BatchMax;
    }
}
