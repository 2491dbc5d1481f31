using System.Collections.Concurrent;

namespace Souk.Platform.Security;

/// <summary>
/// Tokens whose signature was found good, bounded: when the younger half is full the older one is forgotten, so whoever
/// comes often stays.
/// </summary>
/// <param name="max">So many are kept.</param>
sealed class VerifiedTokens(int max)
{
    ConcurrentDictionary<string, StoreUser> _young = new(StringComparer.Ordinal);
    ConcurrentDictionary<string, StoreUser> _old = new(StringComparer.Ordinal);
    int _youngCount;

    public StoreUser? Find(ReadOnlySpan<char> token)
    {
        if (_young.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(token, out var user)) return user;
        if (!_old.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(token, out user)) return null;
        Add(user.Token, user);
        return user;
    }

    public void Add(string token, StoreUser user)
    {
        // Two that come here at once may forget a little more than they should: a signature is checked again.
        if (Interlocked.Increment(ref _youngCount) > max / 2)
        {
            _old = _young;
            _young = new(StringComparer.Ordinal);
            _youngCount = 1;
        }
        _young[token] = user;
    }
}
