using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

namespace Souk.Pages.SignIn;

/// <summary>
/// The sessions of signed-in browsers, kept on the server: the browser has a key of 256 random bits, made anew at each
/// sign-in, and nothing else. Tokens are encrypted at rest.
/// </summary>
sealed class SessionStore(Database database, IDataProtectionProvider protection, TimeProvider clock) : ITicketStore
{
    /// <summary>A session ends so long after its sign-in.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    const string KeyItem = ".key";
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    readonly IDataProtector _protector = protection.CreateProtector("session");

    public async Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        ticket.Properties.Items[KeyItem] = key;
        var (hash, text, expires) = (HashOf(key), Close(ticket), clock.GetUtcNow() + Lifetime);
        await database.WriteAsync(tx => tx.ExecuteAsync(
            $"INSERT INTO session (key_hash, ticket, expires_at) VALUES ({hash}, {text}, {expires})"));
        return key;
    }

    public Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        var (hash, text) = (HashOf(key), Close(ticket));
        return database.WriteAsync(tx => tx.ExecuteAsync($"UPDATE session SET ticket = {text} WHERE key_hash = {hash}"));
    }

    /// <summary>The key of the session that a ticket was read from.</summary>
    public static string? KeyOf(AuthenticationProperties properties) => properties.Items.TryGetValue(KeyItem, out var key) ? key : null;

    public async Task<AuthenticationTicket?> RetrieveAsync(string key)
    {
        var (hash, now) = (HashOf(key), clock.GetUtcNow());
        var sealed_ = await database.ReadAsync(session => session.FirstAsync(
            $"SELECT ticket FROM session WHERE key_hash = {hash} AND expires_at > {now}", row => row.Text(0)));
        if (sealed_ is null) return null;
        try
        {
            return TicketSerializer.Default.Deserialize(_protector.Unprotect(Convert.FromBase64String(sealed_)));
        }
        catch (CryptographicException)
        {
            return null; // of another store, or of keys that are gone
        }
    }

    public Task RemoveAsync(string key)
    {
        var hash = HashOf(key);
        return database.WriteAsync(tx => tx.ExecuteAsync($"DELETE FROM session WHERE key_hash = {hash}"));
    }

    /// <summary>
    /// Whether the caller is the one to renew a session's tokens: a refresh token is good for one use, and a second use ends
    /// the session for good. Of many requests and replicas one may, the others go on with what they have.
    /// </summary>
    public async Task<bool> MayRenewAsync(string key)
    {
        var (hash, now) = (HashOf(key), clock.GetUtcNow());
        var until = now + Lease;
        return await database.WriteAsync(tx => tx.ExecuteAsync(
            $"UPDATE session SET renewing_until = {until} WHERE key_hash = {hash} AND renewing_until <= {now}")) == 1;
    }

    /// <summary>Removes some of the sessions that are over.</summary>
    /// <returns>How many.</returns>
    public Task<int> ForgetAsync(int most)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(tx => tx.ExecuteAsync(
            $"DELETE FROM session WHERE key_hash IN (SELECT key_hash FROM session WHERE expires_at <= {now} LIMIT {most})"));
    }

    string Close(AuthenticationTicket ticket) => Convert.ToBase64String(_protector.Protect(TicketSerializer.Default.Serialize(ticket)));

    static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}

/// <summary>Removes sessions that are over, some at a time.</summary>
sealed class ForgetSessions(SessionStore sessions) : IPump
{
    const int Batch = 500;

    public string Name => "sessions that are over";

    public TimeSpan Idle => TimeSpan.FromHours(1);

    public async Task<bool> StepAsync(CancellationToken cancellation) => await sessions.ForgetAsync(Batch) == Batch;
}
