using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Souk.Acceptance;

/// <summary>Where a store's services send their traces and logs by OTLP; it keeps what they sent, as it came.</summary>
sealed class TraceSink : IAsyncDisposable
{
    readonly HttpListener _listener = new();
    readonly ConcurrentQueue<byte[]> _received = [];
    readonly Task _loop;

    public TraceSink()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}/";
        }
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _loop = ListenAsync();
    }

    public string Address { get; }

    /// <summary>Everything so far.</summary>
    public IReadOnlyCollection<byte[]> Received => _received;

    /// <summary>What a process must be told to send here: every trace, and no figures.</summary>
    public (string Name, string Value)[] Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", "always_on"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"), ("OTEL_BSP_SCHEDULE_DELAY", "1000"),
    ];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    async Task ListenAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _received.Enqueue(body.ToArray());
                context.Response.Close();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or IOException)
            {
                if (!_listener.IsListening) return;
            }
        }
    }
}
