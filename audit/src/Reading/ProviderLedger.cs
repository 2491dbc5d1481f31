namespace Souk.Auditing.Reading;

/// <summary>What the provider did, by its own book: the sandbox's table <c>ledger</c>.</summary>
sealed class ProviderLedger
{
    ProviderLedger(List<ProviderEntry> entries) => Entries = entries;

    public IReadOnlyList<ProviderEntry> Entries { get; }

    public static async Task<ProviderLedger> ReadAsync(Snapshot store) => new(await store.Sandbox.QueryAsync(
        "SELECT key, kind, authorization_id, reference, amount, currency FROM ledger",
        row => new ProviderEntry(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Long(4), row.Text(5))));
}

/// <summary>One movement: <c>authorize</c>, <c>capture</c>, <c>void</c> or <c>refund</c>.</summary>
sealed record ProviderEntry(string Key, string Kind, string Authorization, string Reference, long Amount, string Currency)
{
    /// <summary>The order it was asked for: the reference is <c>ord-ORDER-auth-N</c>; empty where it is none of ours.</summary>
    public string Order { get; } = Reference.StartsWith("ord-", StringComparison.Ordinal)
        && Reference.LastIndexOf("-auth-", StringComparison.Ordinal) is > 4 and var end ? Reference[4..end] : "";
}
