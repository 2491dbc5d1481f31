namespace Souk.Payment;

/// <summary>
/// Compares our books with the provider's, by key and both ways. What the provider has done and we did not hear of is taken
/// over; what only one side has, and stays so, is an alarm.
/// </summary>
sealed class Reconcile(
    ReconciliationStore store, PaymentStore payments, IProvider provider, Till till, Alarms alarms, TimeProvider clock,
    PaymentOptions options) : IPump
{
    /// <summary>So long two books may differ because one of them is being written.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    const int BatchMax = 100;

    public string Name => "reconciliation";

    public TimeSpan Idle => options.ReconcileEvery;

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        var position = await store.PositionAsync(cancellation);
        var page = await provider.LedgerAsync(position, cancellation);
        await store.CopyAsync(page);
        foreach (var (entry, asked) in await store.ProviderOnlyAsync(BatchMax, cancellation)) await TakeOverAsync(entry, asked);
        // Only who has read to the end can say that something is missing.
        if (page.Position != position) return true;

        var now = clock.GetUtcNow();
        foreach (var asked in await store.OursOnlyAsync(now - Grace, BatchMax, cancellation))
        {
            await alarms.RaiseAsync(asked.Key, "ours_only", $"We booked a {asked.Kind} of {asked.Amount.Amount} that the provider does not have");
        }
        foreach (var asked in await store.ForgottenAsync(now - Operation.KeyLife - Grace, BatchMax, cancellation))
        {
            await payments.SettleAsync(asked.OrderId, asked.Key, Answer.Refused("never_arrived"), () => true);
        }
        return false;
    }

    async Task TakeOverAsync(ProviderEntry entry, Operation? asked)
    {
        if (asked is null)
        {
            await alarms.RaiseAsync(entry.Key, "provider_only", $"The provider booked a {entry.Kind} of {entry.Amount.Amount} that nobody asked for");
            return;
        }
        if (asked.State == OperationState.Done || asked.Kind != entry.Kind)
        {
            await alarms.RaiseAsync(entry.Key, "differs",
                $"We have a {asked.Kind} of {asked.Amount.Amount}, the provider a {entry.Kind} of {entry.Amount.Amount}");
            return;
        }
        if (asked.IsUnderWay(clock.GetUtcNow())) return;
        if (asked.State == OperationState.Refused && asked.Kind != Kind.Authorize)
        {
            await alarms.RaiseAsync(entry.Key, "done_after_no", $"The provider did a {entry.Kind} after it had refused it: {asked.Reason}");
        }
        var payment = await payments.SettleAsync(asked.OrderId, entry.Key,
            new Answer(Outcome.Done, entry.ProviderId, Amount: entry.Amount.Amount), () => true);
        await till.ResolveAsync(payment, card: null, () => true);
    }
}
