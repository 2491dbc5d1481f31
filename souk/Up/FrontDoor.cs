using System.Net;
using System.Text.Json.Nodes;

namespace Souk.Launcher.Up;

/// <summary>
/// The store as a shopper meets it, through the gateway. Services learn of each other a moment after they are ready:
/// here is waited for that moment, so that "open" is true.
/// </summary>
sealed class FrontDoor(int port, TimeProvider clock) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        Timeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Waits until the home page is answered; gives up when that takes too long.</summary>
    public Task FirstPageAsync(CancellationToken stop) => AskAsync("/", answer => !IsNotYet(answer), stop);

    /// <summary>Whether Catalog says that it has no product; null when it says nothing.</summary>
    public async Task<bool?> IsEmptyAsync(CancellationToken stop)
    {
        var page = await AskAsync("/api/catalog/products?pageSize=1", answer => answer.IsSuccessStatusCode, stop);
        return page is null ? null : JsonNode.Parse(page)?["total"]?.GetValue<long>() == 0;
    }

    public void Dispose() => _http.Dispose();

    static bool IsNotYet(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>Asks again and again until the answer will do; null when none does in time.</summary>
    async Task<string?> AskAsync(string path, Func<HttpResponseMessage, bool> willDo, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < Patience)
        {
            try
            {
                using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), stop);
                if (willDo(answer))
                    return await answer.Content.ReadAsStringAsync(stop);
            }
            catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // Not yet; the bound is above.
            }
            await Task.Delay(Pause, clock, stop);
        }
        return null;
    }
}
