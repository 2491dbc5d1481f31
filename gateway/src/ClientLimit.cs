using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Souk.Gateway;

/// <summary>How many requests one client may make: a bucket of tokens for each address, 429 when it is empty.</summary>
static class ClientLimit
{
    // Ten refills a second keep the flow even.
    const int RefillsPerSecond = 10;

    public static void AddClientLimit(this IServiceCollection services, GatewaySettings settings) =>
        services.AddRateLimiter(limiter =>
        {
            if (settings.RequestsPerSecond > 0)
            {
                limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                    // A flood must not look like a gateway that is not ready.
                    context.Request.Path.StartsWithSegments("/health")
                        ? RateLimitPartition.GetNoLimiter("health")
                        : RateLimitPartition.GetTokenBucketLimiter(Client(context.Connection.RemoteIpAddress), _ => Bucket(settings)));
            }
            limiter.OnRejected = async (rejected, _) =>
            {
                rejected.HttpContext.Response.Headers.RetryAfter = "1";
                await new Refusal(429, "request.rate_limited", "Too many requests from this address. Try again in a second.")
                    .ExecuteAsync(rejected.HttpContext);
            };
        });

    static TokenBucketRateLimiterOptions Bucket(GatewaySettings settings) => new()
    {
        TokenLimit = Math.Max(1, settings.Burst),
        TokensPerPeriod = Math.Max(1, settings.RequestsPerSecond / RefillsPerSecond),
        ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1.0 / RefillsPerSecond, 1.0 / settings.RequestsPerSecond)),
    };

    /// <summary>One household has a whole IPv6 network of /64: it is one client.</summary>
    static string Client(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
