namespace Souk.Cart;

/// <summary>
/// Removes carts that nobody has changed for 30 days, a few at a time, so that no shopper waits for the broom. An
/// expired cart is unknown from its last moment on, removed or not.
/// </summary>
sealed class ExpireCarts(CartStore store, TimeProvider clock) : IPump
{
    public const int BatchMax = 100;

    public string Name => "expiry of carts";

    public TimeSpan Idle => TimeSpan.FromMinutes(1);

    public async Task<bool> StepAsync(CancellationToken cancellation) =>
        await store.RemoveExpiredAsync(clock.GetUtcNow(), BatchMax, cancellation) > 0;
}
