using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Souk.Gateway;

/// <summary>The limits at the door, section <c>Gateway</c> of the configuration.</summary>
public sealed record GatewaySettings
{
    /// <summary>How long a request may take in all; passed on as <c>Souk-Deadline</c>. Default: 10 s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests a second that one client address may keep up; 0 turns the limit off. Default: 200.</summary>
    public int RequestsPerSecond { get; init; } = 200;

    /// <summary>Requests that one client address may make at once on top of that. Default: 400.</summary>
    public int Burst { get; init; } = 400;

    /// <summary>Requests under way to one service: a slow one must not fill the door. Default: 256.</summary>
    public int InFlightMaxPerService { get; init; } = 256;

    /// <summary>Bytes of a request's body. Default: 10 MB.</summary>
    public long BodyBytesMax { get; init; } = 10 * 1024 * 1024;

    /// <summary>Bytes of all headers of a request together. Default: 32 KB.</summary>
    public int HeaderBytesMax { get; init; } = 32 * 1024;

    /// <summary>Keys in a query. Default: 200.</summary>
    public int QueryKeysMax { get; init; } = 200;

    /// <summary>How long a client may take to send its headers. Default: 10 s.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A body slower than this for longer than <see cref="BodyGrace"/> ends the connection. Default: 240 bytes/s.</summary>
    public double BodyBytesPerSecondMin { get; init; } = 240;

    /// <summary>How long a body may be slow. Default: 5 s.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(5);

    internal void Apply(KestrelServerOptions kestrel)
    {
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = BodyBytesMax;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(BodyBytesPerSecondMin, BodyGrace);
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.MaxRequestHeaderFieldSize = 16 * 1024;
        // The front door speaks UTF-8 paths and ASCII headers; what is neither is refused by Kestrel.
        kestrel.AllowResponseHeaderCompression = true;
    }
}
