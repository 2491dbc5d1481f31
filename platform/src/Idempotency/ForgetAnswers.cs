using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Platform.Idempotency;

/// <summary>Removes answers that nobody repeats any more, a few at a time.</summary>
sealed class ForgetAnswers(Database database, TimeProvider clock) : IPump
{
    static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    const int Batch = 500;

    public string Name => "answered requests";

    public TimeSpan Idle => TimeSpan.FromHours(1);

    public async Task<bool> StepAsync(CancellationToken cancellation) =>
        await OnceLog.ForgetAsync(database, clock.GetUtcNow() - Kept, Batch) == Batch;
}
