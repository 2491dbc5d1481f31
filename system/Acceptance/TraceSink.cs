using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Souk.Acceptance;

/// <summary>Where a store's services send their traces and logs by OTLP; it keeps what they sent, as it came.</summary>
sealed class TraceSink : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<byte[]> _received = [];

    public TraceSink()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _received.Enqueue(body.ToArray());
        });
        _app.Start();
    }

    /// <summary>Everything so far.</summary>
    public IReadOnlyCollection<byte[]> Received => _received;

    /// <summary>What a process must be told to send here: every trace, and no figures.</summary>
    public (string Name, string Value)[] Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", _app.Urls.First()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", "always_on"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"), ("OTEL_BSP_SCHEDULE_DELAY", "1000"),
    ];

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
