using System.Collections.Concurrent;

namespace Souk.Load;

/// <summary>Accounts that shoppers borrow, one each at a time: whoever has signed in has one cart. Who finds none is a guest.</summary>
sealed class AccountPool(IReadOnlyList<Account> accounts)
{
    readonly ConcurrentQueue<Account> _free = new(accounts);

    public async Task<Account?> TakeAsync()
    {
        if (!_free.TryDequeue(out var account)) return null;
        await account.RefreshAsync();
        return account;
    }

    public void Give(Account account) => _free.Enqueue(account);
}
