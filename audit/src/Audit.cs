using System.Data.Common;
using System.Text.Json;
using Souk.Auditing.Invariants;

namespace Souk.Auditing;

/// <summary>
/// Computes from the databases alone whether a store was ever wrong. It only reads, and may do so while the store runs:
/// databases cannot be read at one moment together, so what looks wrong across several is looked at again, and counts only
/// when it stays.
/// </summary>
public static class Audit
{
    /// <summary>Looks at every invariant.</summary>
    /// <param name="databases">Where the store's databases are.</param>
    /// <param name="options">How to look; null: the defaults.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<AuditReport> RunAsync(
        StoreDatabases databases, AuditOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new AuditOptions();
        var invariants = Catalogue.All.Where(one => options.Only?.Contains(one.Id) ?? true).ToList();
        var wasAwaited = await WaitUntilQuietAsync(databases, options, cancellation);
        var results = new List<InvariantResult>();
        bool isQuiet;
        await using (var store = await Snapshot.OpenAsync(databases, options, cancellation))
        {
            isQuiet = await IsQuietAsync(store);
            store.WasAwaited = wasAwaited;
            foreach (var invariant in invariants) results.Add(await LookAsync(invariant, store));
        }

        for (var again = 1; again < options.Looks && results.Any(IsSuspect); again++)
        {
            await Task.Delay(options.LookAgainAfter, options.Clock, cancellation);
            await using var store = await Snapshot.OpenAsync(databases, options, cancellation);
            store.WasAwaited = wasAwaited;
            for (var i = 0; i < results.Count; i++)
            {
                if (IsSuspect(results[i])) results[i] = results[i].ConfirmedBy(await LookAsync(invariants[i], store));
            }
        }
        return new AuditReport(results, isQuiet);

        bool IsSuspect(InvariantResult result) =>
            result.Verdict == Verdict.Violated && !invariants.First(one => one.Id == result.Id).IsOfOneMoment;
    }

    /// <summary>Waits until nothing moves by itself any more, as long as the options say.</summary>
    /// <returns>Whether that was asked for: what still moves afterwards is stuck.</returns>
    static async Task<bool> WaitUntilQuietAsync(StoreDatabases databases, AuditOptions options, CancellationToken cancellation)
    {
        if (options.WaitQuiet <= TimeSpan.Zero) return false;
        var started = options.Clock.GetTimestamp();
        while (options.Clock.GetElapsedTime(started) < options.WaitQuiet)
        {
            await using (var store = await Snapshot.OpenAsync(databases, options, cancellation))
            {
                if (await IsQuietAsync(store)) return true;
            }
            await Task.Delay(options.LookAgainAfter, options.Clock, cancellation);
        }
        return true;
    }

    static async Task<bool> IsQuietAsync(Snapshot store)
    {
        try
        {
            return await UnderWay.IsQuietAsync(store);
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            return false;
        }
    }

    static async Task<InvariantResult> LookAsync(Invariant invariant, Snapshot store)
    {
        var look = new Look();
        try
        {
            await invariant.LookAsync(store, look);
        }
        catch (DatabaseMissingException missing)
        {
            look.Unknown(missing.Message);
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            look.Unknown($"cannot be read: {error.Message.ReplaceLineEndings(" ")}");
        }
        return look.Result(invariant);
    }

    /// <summary>Of another release, or broken: whatever cannot be read is not known to hold.</summary>
    static bool IsUnreadable(Exception error) => error
        is DbException or JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException or InvalidCastException;
}
