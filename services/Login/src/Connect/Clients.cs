using System.Security.Cryptography;
using OpenIddict.Abstractions;
using Souk.Login.Accounts;
using Souk.Login.Keys;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Souk.Login.Connect;

/// <summary>
/// Who may ask for tokens: the store's own pages, with a secret, and apps of partners by configuration, without one. Written
/// at each start, so the configuration is what counts.
/// </summary>
sealed class Clients(IServiceScopeFactory scopes, LoginSettings settings) : IHostedService
{
    public const string Storefront = "storefront";
    public const string BackOffice = "backoffice";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PutPagesAsync(Storefront, "signin/callback", cancellationToken);
        await PutPagesAsync(BackOffice, "staff/signin/callback", cancellationToken);
        foreach (var (id, client) in settings.Clients)
        {
            await PutAsync(Describe(id, client.Name ?? id, ClientTypes.Public, client.RedirectUris, client.PostLogoutUris), cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task PutPagesAsync(string id, string callback, CancellationToken cancellation)
    {
        var home = settings.PublicUrl.AbsoluteUri;
        var after = id == BackOffice ? home + "staff" : home;
        var client = Describe(id, id == BackOffice ? "The back office" : "The shop", ClientTypes.Confidential, [home + callback], [home, after]);
        client.ClientSecret = SecretOf(id);
        await PutAsync(client, cancellation);
    }

    async Task PutAsync(OpenIddictApplicationDescriptor client, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var applications = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        await scope.ServiceProvider.GetRequiredService<Unit>().RunAsync(async tx =>
        {
            // Of two replicas that start at once, the second finds what the first has written.
            await TrustStore.MoveAsync(tx);
            if (await applications.FindByClientIdAsync(client.ClientId!, cancellation) is { } known) await applications.UpdateAsync(known, client, cancellation);
            else await applications.CreateAsync(client, cancellation);
        }, cancellation);
    }

    static OpenIddictApplicationDescriptor Describe(
        string id, string name, string type, IEnumerable<string> redirects, IEnumerable<string> afterLogout)
    {
        var client = new OpenIddictApplicationDescriptor
        {
            ClientId = id,
            DisplayName = name,
            ClientType = type,
            ConsentType = ConsentTypes.Implicit,
            Permissions =
            {
                Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.EndSession, Permissions.Endpoints.Revocation,
                Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.ResponseTypes.Code,
                Permissions.Scopes.Email, Permissions.Scopes.Roles,
            },
            Requirements = { Requirements.Features.ProofKeyForCodeExchange },
        };
        client.RedirectUris.UnionWith(redirects.Select(uri => new Uri(uri)));
        client.PostLogoutRedirectUris.UnionWith(afterLogout.Select(uri => new Uri(uri)));
        return client;
    }

    /// <summary>256 random bits in <c>{Souk:Keys}/{client}.oidc</c>, mode 600, made at the first start; the client reads them there.</summary>
    string SecretOf(string client)
    {
        var path = Path.Combine(settings.Keys, client + ".oidc");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(settings.Keys);
            // Whole or not at all, and of two replicas the first wins.
            var draft = Path.Combine(settings.Keys, $".{client}.oidc.{Environment.ProcessId}");
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new StreamWriter(draft, options)) file.Write(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
            try
            {
                File.Move(draft, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(draft);
            }
        }
        var secret = File.ReadAllText(path).Trim();
        return secret.Length >= 32 ? secret : throw new InvalidOperationException($"{path} holds a secret of {secret.Length} characters; 32 or more are needed.");
    }
}
