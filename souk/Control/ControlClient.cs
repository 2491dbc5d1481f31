using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Souk.Launcher.Control;

/// <summary>Asks the launcher that runs on a data folder.</summary>
static class ControlClient
{
    /// <summary>Every replica that runs; null when no launcher does.</summary>
    public static async Task<ReplicaView[]?> StatusAsync(DataFolder data, CancellationToken stop)
    {
        if (RunLock.Holder(data) is not { } launcher)
            return null;
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancelled) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(launcher.Socket), cancelled);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://souk"), Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            return await http.GetFromJsonAsync("/status", ControlJson.Default.ReplicaViewArray, stop);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException or JsonException)
        {
            throw new Trouble($"The launcher (pid {launcher.Pid}) does not answer.", "It may be starting or stopping: try again in a moment.");
        }
    }
}
