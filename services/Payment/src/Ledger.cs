namespace Souk.Payment;

/// <summary>One line of the ledger.</summary>
/// <param name="Key">The operation's; the lines of one key add up to 0.</param>
/// <param name="Account">One of <see cref="Account"/>.</param>
/// <param name="Amount">Debit above 0, credit below.</param>
sealed record Entry(string Key, string Account, Money Amount);

/// <summary>The accounts.</summary>
static class Account
{
    /// <summary>What customers have agreed to pay and the store has not taken.</summary>
    public const string Authorized = "authorized";

    /// <summary>The other side of it: what customers hold ready.</summary>
    public const string Customers = "customers";

    /// <summary>What the provider has taken for the store, less what it has given back.</summary>
    public const string ProviderClearing = "provider_clearing";

    /// <summary>What was given back.</summary>
    public const string Refunds = "refunds";
}

/// <summary>What an operation that was done moves, in double entry.</summary>
static class Ledger
{
    /// <summary>The lines of what became done between two states of a payment.</summary>
    public static List<Entry> Book(Payment? before, Payment after) =>
    [
        .. after.Operations
            .Where(operation => operation is { State: OperationState.Done, Amount.Amount: > 0 }
                && before?.Find(operation.Key) is not { State: OperationState.Done, Amount.Amount: > 0 })
            .SelectMany(operation => Lines(operation, after.Amount)),
    ];

    static Entry[] Lines(Operation operation, Money agreed)
    {
        var amount = operation.Amount;
        Entry Line(string account, long value) => new(operation.Key, account, amount with { Amount = value });
        return operation.Kind switch
        {
            Kind.Authorize => [Line(Account.Authorized, amount.Amount), Line(Account.Customers, -amount.Amount)],
            Kind.Void => [Line(Account.Customers, amount.Amount), Line(Account.Authorized, -amount.Amount)],
            Kind.Refund => [Line(Account.Refunds, amount.Amount), Line(Account.ProviderClearing, -amount.Amount)],
            Kind.Capture when amount == agreed => [Line(Account.ProviderClearing, amount.Amount), Line(Account.Authorized, -amount.Amount)],
            // What is not taken is let go at the same moment.
            Kind.Capture => [Line(Account.ProviderClearing, amount.Amount), Line(Account.Customers, agreed.Amount - amount.Amount), Line(Account.Authorized, -agreed.Amount)],
            _ => throw new InvalidOperationException($"Nobody knows how to book a '{operation.Kind}'."),
        };
    }
}
