using OpenIddict.Abstractions;
using Souk.Login.Accounts;
using Souk.Login.Keys;
using Souk.Login.Mails;
using Souk.Login.Sessions;

namespace Souk.Login;

/// <summary>Forgets what is over: sessions, links, tries, revocations of tokens that have expired, OpenIddict's notes of them.</summary>
sealed class Prune(
    SessionStore sessions, MailStore mails, AttemptStore attempts, TrustStore trust, IServiceScopeFactory scopes, LoginSettings settings, TimeProvider clock) : IPump
{
    public string Name => "what is over";

    public TimeSpan Idle => TimeSpan.FromMinutes(10);

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        await sessions.ForgetAsync(cancellation);
        await mails.ForgetAsync(cancellation);
        await attempts.ForgetAsync(cancellation);
        await trust.ForgetAsync(cancellation);
        await using var scope = scopes.CreateAsyncScope();
        // Used refresh tokens are kept for as long as their session may live: one that comes back must be known.
        var threshold = clock.GetUtcNow() - settings.SessionLifetime;
        await scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>().PruneAsync(threshold, cancellation);
        await scope.ServiceProvider.GetRequiredService<IOpenIddictAuthorizationManager>().PruneAsync(threshold, cancellation);
        return false;
    }
}
