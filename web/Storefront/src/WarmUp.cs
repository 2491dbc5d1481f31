using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Souk.Storefront;

/// <summary>
/// Walks through the shop once as it opens: the first time a page is shown costs a second of compiling, which else the
/// first shopper would pay, and parts would be given up for.
/// </summary>
sealed class WarmUp(IServer server, ServiceIdentity identity, IInventory inventory, Parts parts, TimeProvider clock) : IHostedLifecycleService
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    static readonly string[] Pages = ["/", "/search", "/product/none", "/cart", "/checkout", "/order/none", "/orders/find"];

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is not { } address) return;
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = new Uri($"http://{IPAddress.Loopback}:{BindingAddress.Parse(address).Port}"),
        };
        http.DefaultRequestHeaders.Add(ServiceIdentity.Header, identity.TokenFor("storefront"));
        http.DefaultRequestHeaders.Add("Cookie", CartCookie.Secure + "=nobody");
        using var timer = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        await parts.FetchAsync("stock", Longest, stop => inventory.StockAsync(["none"], stop), either.Token);
        foreach (var page in Pages)
        {
            try
            {
                using var answer = await http.GetAsync(page, either.Token);
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                return; // the shop is open all the same
            }
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
