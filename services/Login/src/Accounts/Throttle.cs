using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Login.Accounts;

/// <summary>So many tries of something in a window of time.</summary>
public sealed record Budget(string Key, int Max);

/// <summary>
/// How often a password or code may be guessed. Strangers share a small budget for each account, a browser that has signed
/// in to it before has one of its own: whoever guesses an owner's password cannot keep the owner out.
/// </summary>
public sealed class Throttle(AttemptStore store)
{
    /// <summary>After so many wrong passwords strangers wait.</summary>
    public const int PerAccount = 5;

    /// <summary>After so many wrong passwords, for whatever accounts, an address waits.</summary>
    public const int PerAddress = 100;

    /// <summary>Which budgets a try at an account uses up.</summary>
    /// <param name="normalizedEmail">The account, whether it exists or not.</param>
    /// <param name="address">Where the try comes from.</param>
    /// <param name="device">The browser, when it has signed in to this account before.</param>
    public static IReadOnlyList<Budget> For(string normalizedEmail, IPAddress? address, string? device) => device is null
        ? [new Budget(Hash("account " + normalizedEmail), PerAccount), OfAddress(address)]
        : [new Budget(Hash("device " + device), PerAccount)];

    /// <summary>What is asked without an account: registering, forgotten passwords.</summary>
    public static Budget OfAddress(IPAddress? address) => new(Hash("address " + Network(address)), PerAddress);

    /// <summary>Codes of a second factor, for whoever has the password already.</summary>
    public static Budget OfSecondFactor(string subject) => new(Hash("factor " + subject), PerAccount);

    /// <summary>One code of an authenticator app: good once.</summary>
    public static Budget OfCode(string subject, string code) => new(Hash($"code {subject} {code}"), 1);

    /// <summary>Mails to one address that somebody asked for.</summary>
    public static Budget OfMails(string normalizedEmail) => new(Hash("mail " + normalizedEmail), PerAccount);

    /// <summary>Takes one try of each budget before anything is compared, so that guesses side by side count, too.</summary>
    /// <returns>Null, or how long to wait: some budget is used up.</returns>
    public Task<TimeSpan?> TakeAsync(IReadOnlyList<Budget> budgets, CancellationToken cancellation) => store.TakeAsync(budgets, cancellation);

    /// <summary>It was right: what it took is given back, and the account's budget starts anew.</summary>
    public Task GiveBackAsync(IReadOnlyList<Budget> budgets, CancellationToken cancellation) => store.GiveBackAsync(budgets, cancellation);

    /// <summary>A household has a whole IPv6 network of /64.</summary>
    static string Network(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
