namespace Souk.Platform.Calls;

/// <summary>
/// Keeps retries to a tenth of the calls, so that they help against a hiccup and cannot make an outage worse: each
/// call earns a tenth of a retry, up to ten saved.
/// </summary>
sealed class RetryBudget
{
    // Counted in tenths, so that it is one atomic integer.
    const int SavedMax = 100;

    int _tenths = SavedMax;

    public void Earn()
    {
        var saved = Volatile.Read(ref _tenths);
        // A lost race loses a tenth; nobody counts on it.
        if (saved < SavedMax) Interlocked.CompareExchange(ref _tenths, saved + 1, saved);
    }

    public bool TrySpend()
    {
        while (true)
        {
            var saved = Volatile.Read(ref _tenths);
            if (saved < 10) return false;
            if (Interlocked.CompareExchange(ref _tenths, saved - 10, saved) == saved) return true;
        }
    }
}
