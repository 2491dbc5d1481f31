namespace Souk.Auditing.Reading;

/// <summary>What Payment asked of the provider: its table <c>operation</c>.</summary>
sealed class PaymentOperations
{
    readonly Dictionary<string, PaymentOperation> _byKey;
    readonly ILookup<string, PaymentOperation> _byOrder;

    PaymentOperations(List<PaymentOperation> all)
    {
        All = all;
        _byKey = all.ToDictionary(one => one.Key, StringComparer.Ordinal);
        _byOrder = all.ToLookup(one => one.Order, StringComparer.Ordinal);
    }

    public IReadOnlyList<PaymentOperation> All { get; }

    public PaymentOperation? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>How much an order's operations of a kind have moved.</summary>
    public long Done(string order, string kind) =>
        _byOrder[order].Where(one => one.Kind == kind && one.State == "done").Sum(one => one.Amount);

    public static async Task<PaymentOperations> ReadAsync(Snapshot store) => new(await store.Payment.QueryAsync(
        "SELECT key, order_id, kind, amount, currency, state FROM operation",
        row => new PaymentOperation(row.Text(0), row.Text(1), row.Text(2), row.LongOrNull(3) ?? 0, row.TextOrNull(4) ?? "", row.Text(5))));
}

/// <summary>A question to the provider: <c>asked</c>, <c>done</c>, <c>refused</c> or <c>unknown</c>.</summary>
sealed record PaymentOperation(string Key, string Order, string Kind, long Amount, string Currency, string State);
