using Souk.Login.Keys;

namespace Souk.Login.Accounts;

/// <summary>
/// One transaction for what Identity and OpenIddict change through EF Core and for what Login keeps itself, its events
/// included. Hash passwords before it: SQLite has one writer.
/// </summary>
public sealed class Unit(LoginContext context, Database database, TrustNews news)
{
    public async Task<T> RunAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation = default)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellation);
        var result = await database.JoinAsync(Microsoft.EntityFrameworkCore.Storage.DbContextTransactionExtensions.GetDbTransaction(transaction), work);
        await transaction.CommitAsync(cancellation);
        database.Announce();
        news.Set();
        return result;
    }

    public Task RunAsync(Func<Transaction, Task> work, CancellationToken cancellation = default) =>
        RunAsync<bool>(async tx => { await work(tx); return true; }, cancellation);
}
