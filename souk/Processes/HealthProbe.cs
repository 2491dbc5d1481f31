using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Launcher.Processes;

/// <summary>Asks a service how it is, over the health routes that every service has.</summary>
sealed class HealthProbe(Identity.LauncherIdentity identity) : IDisposable
{
    readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) })
    {
        Timeout = TimeSpan.FromSeconds(2),
    };

    /// <summary>True or false is the service's own word; null means that it gave none.</summary>
    public async Task<bool?> IsReadyAsync(int port, CancellationToken stop)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"), stop);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Requests answered since the start; null when the service does not say.</summary>
    public async Task<long?> RequestsAsync(string service, int port, CancellationToken stop)
    {
        try
        {
            using var question = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/health/detail");
            question.Headers.Add(Identity.LauncherIdentity.Header, identity.TokenFor(service));
            using var answer = await _http.SendAsync(question, stop);
            if (!answer.IsSuccessStatusCode)
                return null;
            await using var body = await answer.Content.ReadAsStreamAsync(stop);
            return (await JsonSerializer.DeserializeAsync(body, HealthJson.Default.HealthDetail, stop))?.Requests;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or JsonException or IOException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>The part of /health/detail that the launcher reads.</summary>
sealed record HealthDetail(long Requests);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthDetail))]
sealed partial class HealthJson : JsonSerializerContext;
