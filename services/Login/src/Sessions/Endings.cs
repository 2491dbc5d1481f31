using OpenIddict.Abstractions;
using Souk.Login.Accounts;

namespace Souk.Login.Sessions;

/// <summary>
/// Ends sessions: their tokens are revoked for every service, and what could renew them is void, in one transaction.
/// Ended again, they stay ended.
/// </summary>
public sealed class Endings(Unit unit, IOpenIddictAuthorizationManager authorizations, TimeProvider clock)
{
    /// <summary>One session of a subject; of a browser's, all clients' that came from it.</summary>
    /// <returns>False: it is not there, or another's.</returns>
    public Task<bool> OneAsync(string subject, string id, CancellationToken cancellation) => unit.RunAsync(async tx =>
    {
        var ended = await SessionStore.EndAsync(tx, subject, id, clock.GetUtcNow());
        await VoidAsync(ended, cancellation);
        return ended.Count > 0;
    }, cancellation);

    /// <summary>A session whose refresh token was used twice: somebody has a copy.</summary>
    public Task StolenAsync(string subject, string sid, CancellationToken cancellation) => unit.RunAsync(async tx =>
    {
        var ended = await SessionStore.EndAsync(tx, subject, sid, clock.GetUtcNow());
        // It may be gone already; its tokens are dead all the same.
        if (ended.Count == 0) await Keys.TrustStore.RevokeSessionAsync(tx, sid, clock.GetUtcNow());
        await VoidAsync([sid], cancellation);
    }, cancellation);

    /// <summary>All of a subject's sessions, in the transaction of what is the reason.</summary>
    public async Task AllAsync(Transaction tx, string subject, string? butBrowser, CancellationToken cancellation) =>
        await VoidAsync(await SessionStore.EndAllAsync(tx, subject, clock.GetUtcNow(), butBrowser), cancellation);

    /// <summary>Sign out everywhere.</summary>
    public Task AllAsync(string subject, CancellationToken cancellation) =>
        unit.RunAsync(tx => AllAsync(tx, subject, butBrowser: null, cancellation), cancellation);

    async Task VoidAsync(IEnumerable<string> sids, CancellationToken cancellation)
    {
        foreach (var sid in sids)
        {
            if (await authorizations.FindByIdAsync(sid, cancellation) is { } authorization) await authorizations.TryRevokeAsync(authorization, cancellation);
        }
    }
}
