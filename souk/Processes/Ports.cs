using System.Net;
using System.Net.Sockets;

namespace Souk.Launcher.Processes;

/// <summary>Ports of this machine's loopback address.</summary>
static class Ports
{
    static readonly Lock Gate = new();
    static readonly Queue<int> Given = new();

    /// <summary>A port that nobody listens on; not one of the last it gave, which may not have been opened yet.</summary>
    public static int Free()
    {
        lock (Gate)
            while (true)
            {
                using var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                var port = ((IPEndPoint)listener.LocalEndpoint).Port;
                if (Given.Contains(port))
                    continue;
                Given.Enqueue(port);
                if (Given.Count > 64)
                    Given.Dequeue();
                return port;
            }
    }

    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
